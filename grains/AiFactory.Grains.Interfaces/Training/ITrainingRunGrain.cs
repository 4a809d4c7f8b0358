using AiFactory.Domain.Training;

namespace AiFactory.Grains.Training;

/// <summary>A training run, from its spec to a registered model version. Key: <see cref="TrainingRunKey"/>.</summary>
[Alias("aifactory.training-run"), Version(1)]
public interface ITrainingRunGrain : IGrainWithStringKey
{
    /// <summary>Acknowledged once durable; then the run survives any crash, resuming from its last checkpoint.</summary>
    [Alias("Start")]
    Task<TrainingRun> Start(TrainingSpec spec);

    [Alias("Get")]
    Task<TrainingRun> Get();

    [Alias("Cancel")]
    Task<TrainingRun> Cancel();

    /// <summary>Rank 0 finished an epoch, and its checkpoint is in the object store. Reports of an older attempt are ignored.</summary>
    [Alias("EpochEnded")]
    Task EpochEnded(int attempt, EpochMetrics metrics);

    /// <summary>Rank 0 finished training, and the artefact is in the object store.</summary>
    [Alias("ShardCompleted")]
    Task ShardCompleted(int attempt, TrainingResult result);

    /// <summary>A rank cannot go on.</summary>
    [Alias("ShardFailed")]
    Task ShardFailed(int attempt, int rank, Domain.Refusals.Refusal reason);
}

/// <summary>All training run ids of a tenant, newest last. Key: tenant.</summary>
[Alias("aifactory.training-run-catalog"), Version(1)]
public interface ITrainingRunCatalogGrain : IGrainWithStringKey
{
    [Alias("Add")]
    Task Add(string runId);

    [Alias("List")]
    Task<IReadOnlyList<string>> List();
}
