using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;

namespace AiFactory.Grains.Workers.Training;

/// <summary>The devices that shards compute on.</summary>
public interface IShardDevices
{
    /// <summary>A gate for one training thread, which waits while inference on any device of this silo is hard pressed: they share its processors.</summary>
    TrainingGate OpenGate();

    /// <summary>Runs work of a training run on a worker's device, on the calling thread, its time metered to the run.</summary>
    void Compute(WorkerKey worker, TrainingRunKey run, Action work);
}
