using AiFactory.Domain.Training;
using AiFactory.Engines.Devices;
using AiFactory.Engines.Training;
using AiFactory.Grains.Training;

namespace AiFactory.Grains.Workers.Training;

/// <summary>What a trainer may ask for while it runs as one rank on a worker.</summary>
internal sealed class ShardContext(
    ShardAssignment assignment,
    IRingLink link,
    IShardDevices devices,
    CheckpointStore checkpoints,
    ITrainingRunGrain run,
    CancellationToken cancellation) : ITrainingContext
{
    private readonly TrainingGate _gate = devices.OpenGate();

    public int Rank => assignment.Rank;

    public int WorldSize => assignment.Ring.Count;

    public byte[]? Checkpoint { get; } = assignment.CheckpointEpoch == 0 ? null : checkpoints.Read(assignment.CheckpointEpoch);

    public CancellationToken Cancellation => cancellation;

    public void AllReduceSum(Span<float> values) => RingAllReduce.Sum(values, link);

    public void Compute(Action work) => _gate.Run(() => devices.Compute(assignment.Ring[Rank], assignment.Run, work));

    public void EndEpoch(EpochMetrics metrics, Func<byte[]> checkpoint)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Rank == 0)
        {
            checkpoints.Write(metrics.Epoch, checkpoint(), cancellation).GetAwaiter().GetResult();
            run.EpochEnded(assignment.Attempt, metrics).WaitAsync(cancellation).GetAwaiter().GetResult();
        }
    }
}
