using AiFactory.Domain.Datasets;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Training;

/// <summary>All that is kept of a training run, enough to go on after any crash.</summary>
/// <param name="Requested">The spec as the caller sent it; asking again with the same one is no effect.</param>
/// <param name="Run">The run as its users see it, its spec complete.</param>
/// <param name="Ring">Workers of the current attempt, in rank order; empty between attempts.</param>
/// <param name="FruitlessAttempts">Attempts that ended since the last checkpoint.</param>
public sealed record TrainingCourse(TrainingSpec Requested, TrainingRun Run, DatasetVersion Dataset, IReadOnlyList<WorkerKey> Ring, int FruitlessAttempts)
{
    public bool Ended => Run.Status is TrainingStatus.Completed or TrainingStatus.Failed or TrainingStatus.Cancelled;

    /// <summary>Whether workers are, or were before a crash, at work on the current attempt.</summary>
    public bool AtWork => Run.Status == TrainingStatus.Running;

    /// <summary>Each rank's part of the current attempt.</summary>
    public IEnumerable<ShardAssignment> Assignments(TrainingRunKey key) =>
        Ring.Select((_, rank) => new ShardAssignment(key, Run.Attempt, Run.Spec, Dataset, rank, Ring, Run.CheckpointEpoch));
}
