using AiFactory.Domain.Datasets;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Grains.Datasets;
using AiFactory.Grains.Models;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Tests.Doubles;
using AiFactory.Grains.Training;

namespace AiFactory.Grains.Tests.Training;

[Collection(FactoryClusterDefinition.Name)]
public sealed class TrainingRunGrainTests(FactoryCluster factory)
{
    [Fact]
    public async Task Start_ShardsComplete_RegistersModelVersion()
    {
        var run = await Started("train-ok");
        await run.EpochEnded(1, Samples.Epoch(1));
        await run.ShardCompleted(1, Samples.Result("train-ok"));
        await factory.Deactivate(run);

        var ended = await run.Get();

        Assert.Equal((TrainingStatus.Completed, 1, 1), (ended.Status, ended.Attempt, ended.CheckpointEpoch));
        Assert.Equal(new ModelVersionKey("default", "train-ok-model", 1), ended.ModelVersion);
        Assert.Equal("default", ended.Spec.Dataset.Tenant);
        Assert.Equal(1, ended.Spec.Dataset.Version);
        var version = await factory.Grains.GetGrain<IModelVersionGrain>("default/train-ok-model/1").Get();
        Assert.Equal(("train-ok", "scripted"), (version.Origin.TrainingRunId, version.Kind));
        Assert.Contains("train-ok", await factory.Grains.GetGrain<ITrainingRunCatalogGrain>("default").List());
    }

    [Fact]
    public async Task Start_SameSpecAgain_GivesSameRun()
    {
        var run = await Started("train-same");
        Assert.Equal("train-same", (await run.Start(Samples.Spec("train-same-data", "train-same-model"))).Id);
        Assert.Equal("training-run-exists", (await Condition.Refused(() => run.Start(Samples.Spec("train-same-data", "other")))).Code);
        await run.Cancel();
    }

    [Fact]
    public async Task Watch_ShardLost_ResumesFromCheckpoint()
    {
        var run = await Started("train-lost");
        await run.EpochEnded(1, Samples.Epoch(1));
        await run.EpochEnded(1, Samples.Epoch(2));
        factory.Workers.Lose("train-lost", 1, rank: 0);

        await Condition.Until(() => factory.Workers.Running("train-lost", 2) == 2);

        Assert.Equal(0, factory.Workers.Running("train-lost", 1));
        Assert.Equal(2, factory.Workers.Shards[("train-lost", 2, 1)].CheckpointEpoch);
        await run.EpochEnded(1, Samples.Epoch(3));
        Assert.Equal(2, (await run.Get()).CheckpointEpoch);
        await run.ShardCompleted(2, Samples.Result("train-lost"));
        Assert.Equal(TrainingStatus.Completed, (await run.Get()).Status);
    }

    [Fact]
    public async Task ShardFailed_ForGood_FailsRunAtOnce()
    {
        var run = await Started("train-bad");
        await run.ShardFailed(1, 1, new Refusal("one-class", RefusalKind.Unprocessable, "The label has one class."));
        await factory.Deactivate(run);

        var ended = await run.Get();

        Assert.Equal((TrainingStatus.Failed, "one-class"), (ended.Status, ended.Refusal!.Code));
        Assert.Equal(0, factory.Workers.Running("train-bad", 1));
    }

    [Fact]
    public async Task ShardFailed_AgainAndAgainWithoutProgress_FailsAfterFiveAttempts()
    {
        var run = await Started("train-five");
        for (var attempt = 1; attempt <= TrainingCourseRules.FruitlessAttemptsMax; attempt++)
        {
            var current = attempt;
            await Condition.Until(() => factory.Workers.Running("train-five", current) == 2);
            await run.ShardFailed(current, 0, new Refusal("out-of-memory", RefusalKind.Fault, "No memory."));
        }

        var ended = await run.Get();
        Assert.Equal((TrainingStatus.Failed, 5, "out-of-memory"), (ended.Status, ended.Attempt, ended.Refusal!.Code));
    }

    [Fact]
    public async Task Cancel_Running_StopsShards()
    {
        var run = await Started("train-cancel");
        Assert.Equal(TrainingStatus.Cancelled, (await run.Cancel()).Status);
        await factory.Deactivate(run);
        Assert.Equal(TrainingStatus.Cancelled, (await run.Get()).Status);
        Assert.Equal(0, factory.Workers.Running("train-cancel", 1));
        await run.ShardCompleted(1, Samples.Result("late"));
        Assert.Equal(TrainingStatus.Cancelled, (await run.Get()).Status);
    }

    [Fact]
    public async Task Start_MoreShardsThanWorkers_IsRefused()
    {
        await Published("train-many-data");
        var run = Run("train-many");
        Assert.Equal("workers-too-few", (await Condition.Refused(() => run.Start(Samples.Spec("train-many-data", "m", shards: 3)))).Code);
        Assert.Equal("training-run-not-found", (await Condition.Refused(run.Get)).Code);
    }

    [Fact]
    public async Task Start_UnknownDataset_IsRefused() =>
        Assert.Equal("dataset-not-found", (await Condition.Refused(() => Run("train-none").Start(Samples.Spec("no-such-data", "m")))).Code);

    private ITrainingRunGrain Run(string id) => factory.Grains.GetGrain<ITrainingRunGrain>($"default/{id}");

    private async Task<ITrainingRunGrain> Started(string id)
    {
        await Published($"{id}-data");
        var run = Run(id);
        await run.Start(Samples.Spec($"{id}-data", $"{id}-model"));
        await Condition.Until(() => factory.Workers.Running(id, 1) == 2);
        return run;
    }

    private async Task Published(string name)
    {
        var dataset = factory.Grains.GetGrain<IDatasetGrain>($"default/{name}");
        await dataset.Ingest(new IngestDataset(Samples.Source("a.csv", name), Samples.Contract(name)));
        await Condition.Until(dataset.Get, kept => kept.Versions.Count == 1);
    }
}
