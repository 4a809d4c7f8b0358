using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Workers;

namespace AiFactory.Grains.Workers;

/// <summary>The workers there are, rebuilt from what their silos report, and what operators want of them. Key: the pool's name, <c>default</c>.</summary>
[Alias("aifactory.worker-pool"), Version(1)]
public interface IWorkerPoolGrain : IGrainWithStringKey
{
    /// <summary>As <see cref="Report"/>, of a silo that knows of its devices only; they all are ready.</summary>
    [Alias("Heartbeat")]
    Task Heartbeat(string siloName, IReadOnlyList<Device> devices);

    /// <summary>A silo says, at start, every few seconds and when something changes, how its workers are.</summary>
    /// <returns>What operators want of them.</returns>
    [Alias("Report")]
    Task<PoolAnswer> Report(WorkersReport report);

    /// <summary>Workers that may be given work, in key order. None of a silo that membership calls dead.</summary>
    [Alias("List")]
    Task<IReadOnlyList<WorkerKey>> List();

    /// <summary>All workers, ready or not, and why not.</summary>
    [Alias("View")]
    Task<PoolView> View();

    /// <summary>Gives an order, or takes it back; it stands over restarts.</summary>
    /// <exception cref="Domain.Refusals.RefusedException"><c>worker-not-found</c>.</exception>
    [Alias("Order")]
    Task<PooledWorker> Order(WorkerKey worker, WorkerOrder order);
}
