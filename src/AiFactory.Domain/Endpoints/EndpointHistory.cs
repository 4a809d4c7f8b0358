using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Endpoints;

/// <summary>A revision of an endpoint as it was deployed.</summary>
/// <param name="Operation">Names the change that it came by; null: it has no name.</param>
public sealed record EndpointRevision(long Revision, EndpointSpec Spec, DateTimeOffset DeployedAt, string? Operation = null);

/// <summary>The revisions that an endpoint can go back to.</summary>
public static class EndpointHistory
{
    /// <summary>Revisions kept; older ones are forgotten.</summary>
    public const int RevisionsMax = 50;

    /// <summary>The history with the endpoint's present revision as its newest.</summary>
    public static EndpointRevision[] Keep(IReadOnlyList<EndpointRevision> history, Endpoint deployed, string? operation = null) =>
        [.. history.TakeLast(RevisionsMax - 1), new EndpointRevision(deployed.Revision, deployed.Spec, deployed.DeployedAt, operation)];

    /// <summary>Whether a kept revision came by that change.</summary>
    public static bool Holds(IReadOnlyList<EndpointRevision> history, string? operation) => operation is not null && history.Any(kept => kept.Operation == operation);

    /// <summary>The revision to go back to.</summary>
    /// <param name="revision">Null: of a deployed endpoint the one before the present, of one out of service the last that was in service.</param>
    public static Ruling<EndpointRevision> Find(IReadOnlyList<EndpointRevision> history, Endpoint endpoint, long? revision)
    {
        var found = revision is null
            ? history.LastOrDefault(kept => kept.Revision < endpoint.Revision)
            : history.FirstOrDefault(kept => kept.Revision == revision);
        return found is not null
            ? found
            : new Refusal("endpoint-revision-not-found", RefusalKind.NotFound,
                revision is null ? $"Endpoint {endpoint.Name} has no revision before {endpoint.Revision}." : $"Endpoint {endpoint.Name} has no revision {revision}, or it is forgotten.",
                endpoint.Name, $"See factory endpoint history {endpoint.Name}.");
    }
}
