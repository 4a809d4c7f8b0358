using AiFactory.Domain.Workers;

namespace AiFactory.Grains.Workers;

/// <summary>The workers there are, rebuilt from their heartbeats. Key: the pool's name, <c>default</c>.</summary>
[Alias("aifactory.worker-pool"), Version(1)]
public interface IWorkerPoolGrain : IGrainWithStringKey
{
    /// <summary>A silo says, at start and every few seconds, which devices it owns.</summary>
    [Alias("Heartbeat")]
    Task Heartbeat(string siloName, IReadOnlyList<Device> devices);

    /// <summary>Workers whose silo was heard of lately, in key order.</summary>
    [Alias("List")]
    Task<IReadOnlyList<WorkerKey>> List();
}
