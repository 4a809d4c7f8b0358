using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;

namespace AiFactory.Grains.Workers.Training;

/// <summary>The devices that shards compute on.</summary>
public interface IShardDevices
{
    /// <summary>Runs work of a training run on a worker's device, on the calling thread, its time metered to the run.</summary>
    void Compute(WorkerKey worker, TrainingRunKey run, Action work);
}
