namespace AiFactory.Domain.Tenants;

/// <summary>Who owns datasets, models, endpoints and their cost. First part of every grain key.</summary>
/// <param name="Name">See <see cref="ResourceName"/>.</param>
/// <param name="ApiKeyHashes">Lower-case hex SHA-256 of each API key; the keys themselves are never kept.</param>
/// <param name="Limits">Null: none.</param>
public sealed record Tenant(string Name, IReadOnlyList<string> ApiKeyHashes, DateTimeOffset CreatedAt, TenantLimits? Limits = null)
{
    /// <summary>The tenant of a caller on loopback that names none.</summary>
    public const string Default = "default";
}
