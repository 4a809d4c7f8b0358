using AiFactory.Client.Transport;
using AiFactory.Domain.Rollouts;

namespace AiFactory.Client.Rollouts;

/// <summary>Rollouts of candidates on endpoints, judged as they go.</summary>
public sealed class RolloutClient
{
    private readonly FactoryTransport transport;

    internal RolloutClient(FactoryTransport transport) => this.transport = transport;

    /// <summary>Gives a candidate its first share of a variant's units, its model loaded.</summary>
    public Task<Rollout> Start(string endpoint, RolloutSpec spec, CancellationToken cancellation = default) => transport.Post<Rollout>(Path(endpoint), spec, cancellation);

    /// <summary>The present rollout or the last.</summary>
    public Task<Rollout> Get(string endpoint, CancellationToken cancellation = default) => transport.Get<Rollout>(Path(endpoint), cancellation);

    /// <summary>Gives all units back to the baseline.</summary>
    public Task<Rollout> Abort(string endpoint, string? reason = null, CancellationToken cancellation = default) =>
        transport.Delete<Rollout>(reason is null ? Path(endpoint) : $"{Path(endpoint)}?reason={Call.Escape(reason)}", cancellation);

    /// <summary>Gives all of the baseline's units to the candidate, whatever the guards find.</summary>
    public Task<Rollout> Promote(string endpoint, CancellationToken cancellation = default) => transport.Post<Rollout>($"{Path(endpoint)}/promote", null, cancellation);

    private static string Path(string endpoint) => $"v1/endpoints/{Call.Escape(endpoint)}/rollout";
}
