using AiFactory.Domain.Datasets;
using AiFactory.Domain.Training;
using AiFactory.Grains.Datasets;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Tests.Doubles;
using AiFactory.Grains.Training;

namespace AiFactory.Grains.Tests.Training;

/// <summary>Accepted work goes on after its silo dies, without anybody asking for it. A cluster for each test.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task Ingest_SiloKilled_GoesOnElsewhere()
    {
        await using var factory = new FactoryCluster();
        await factory.InitializeAsync();
        var dataset = factory.Grains.GetGrain<IDatasetGrain>("default/crash");
        var ingestion = await dataset.Ingest(new IngestDataset(Samples.Source("hold.csv", "crash"), Samples.Contract("crash")));
        await Condition.Until(() => factory.Tables.Calls(ingestion.Id) == 1);

        await factory.KillOwner(dataset);

        await Condition.Until(() => factory.Tables.Calls(ingestion.Id) == 2);
        factory.Tables.Release("crash");
        var ended = await Condition.Until(() => dataset.GetIngestion(ingestion.Id), kept => kept.Status != IngestionStatus.Running);
        Assert.Equal((IngestionStatus.Published, 1), (ended.Status, ended.Version));
    }

    [Fact]
    public async Task Train_SiloKilled_GoesOnFromCheckpoint()
    {
        await using var factory = new FactoryCluster();
        await factory.InitializeAsync();
        var dataset = factory.Grains.GetGrain<IDatasetGrain>("default/crash");
        await dataset.Ingest(new IngestDataset(Samples.Source("a.csv", "crash"), Samples.Contract("crash")));
        await Condition.Until(dataset.Get, kept => kept.Versions.Count == 1);
        var run = factory.Grains.GetGrain<ITrainingRunGrain>("default/run");
        await run.Start(Samples.Spec("crash", "model"));
        await Condition.Until(() => factory.Workers.Running("run", 1) == 2);
        await run.EpochEnded(1, Samples.Epoch(1));

        await factory.KillOwner(run);
        factory.Workers.Lose("run", 1, 0);

        await Condition.Until(() => factory.Workers.Running("run", 2) == 2);
        Assert.Equal(1, factory.Workers.Shards[("run", 2, 0)].CheckpointEpoch);
        await run.ShardCompleted(2, Samples.Result("crash"));
        Assert.Equal(TrainingStatus.Completed, (await run.Get()).Status);
    }
}
