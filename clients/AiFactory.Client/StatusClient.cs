using AiFactory.Client.Transport;
using AiFactory.Domain;
using AiFactory.Domain.Cluster;
using AiFactory.Domain.Decisions;

namespace AiFactory.Client;

/// <summary>How the factory is.</summary>
public sealed class StatusClient
{
    private readonly FactoryTransport transport;

    internal StatusClient(FactoryTransport transport) => this.transport = transport;

    /// <summary>The running factory: version, process, silos and workers.</summary>
    public Task<FactoryStatus> Get(CancellationToken cancellation = default) => transport.Get<FactoryStatus>("v1/status", cancellation);

    /// <summary>The cluster that the factory is: its silos, where they stand, and what each says of itself.</summary>
    public Task<ClusterStatus> Cluster(CancellationToken cancellation = default) => transport.Get<ClusterStatus>("v1/cluster", cancellation);

    /// <summary>The decision logs: how far each is shipped, and how far behind the one of the silo that answers is.</summary>
    public Task<IReadOnlyList<DecisionLogStatus>> Logs(CancellationToken cancellation = default) => transport.Get<IReadOnlyList<DecisionLogStatus>>("v1/logs", cancellation);

    /// <summary>What the factory's self-examination finds: native libraries, folders, devices.</summary>
    public Task<IReadOnlyList<HealthFinding>> Doctor(CancellationToken cancellation = default) =>
        transport.Get<IReadOnlyList<HealthFinding>>("v1/doctor", cancellation);

    /// <summary>Whether the factory answers and is ready for decisions; false also when nothing answers.</summary>
    public Task<bool> IsReady(CancellationToken cancellation = default) => transport.Succeeds("health/ready", cancellation);
}
