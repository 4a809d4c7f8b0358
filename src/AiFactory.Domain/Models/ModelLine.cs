namespace AiFactory.Domain.Models;

/// <summary>A model's versions, each with the registration that made it; version n stands at n - 1.</summary>
public sealed record ModelLine(IReadOnlyList<RegisteredVersion> Versions)
{
    public static readonly ModelLine Empty = new([]);

    public ModelVersion? Newest => Versions.Count == 0 ? null : Versions[^1].Version;

    public ModelLine Apply(RegisteredVersion registered) => new([.. Versions, registered]);
}

public sealed record RegisteredVersion(string RegistrationId, ModelVersion Version);
