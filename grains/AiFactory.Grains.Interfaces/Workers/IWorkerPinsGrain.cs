using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Grains.Workers;

/// <summary>The model versions that a worker is to keep in memory, over restarts, until they are unloaded by command. Key: <see cref="WorkerKey"/>.</summary>
[Alias("aifactory.worker-pins"), Version(1)]
public interface IWorkerPinsGrain : IGrainWithStringKey
{
    /// <summary>In the order in which they were pinned.</summary>
    [Alias("List")]
    Task<IReadOnlyList<ModelVersionKey>> List();

    /// <summary>No effect when it is pinned already.</summary>
    [Alias("Add")]
    Task Add(ModelVersionKey model);

    /// <summary>No effect when it is not pinned.</summary>
    [Alias("Remove")]
    Task Remove(ModelVersionKey model);
}
