using AiFactory.Domain.Finance;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Workers.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;

namespace AiFactory.Grains.Workers.Tests.Cluster;

[Collection(WorkerClusterDefinition.Name)]
public sealed class InferenceTests(WorkerCluster cluster)
{
    private const string DeviceName = "cpu-2";

    // On the first silo, called from the second.
    private IWorkerGrain Worker => cluster.Worker(cluster.Key(0, 2), 1);

    [Fact]
    public async Task Infer_ModelNotInMemory_LoadsItOnceAndAnswers()
    {
        var weights = BasisModel.Weights(1);
        var model = await cluster.AddModel(weights);

        var first = await Worker.Infer(model, 0.5f, -2, 7);
        var second = await Worker.Infer(model, 3);

        Assert.Equal(Rows.Expected(weights, 0.5f, -2, 7), first.Scores());
        Assert.Equal(Rows.Expected(weights, 3), second.Scores());
        Assert.Equal(1, cluster.Engine.Loads(model.ArtifactSha256, DeviceName));
        Assert.Contains(WorkerCluster.KeyOf(model).ToGrainKey(), (await Worker.Describe()).LoadedModels);
    }

    [Fact]
    public async Task Infer_InTheWorkersOwnProcess_AnswersAsTheGrainDoes()
    {
        var model = await cluster.AddModel(BasisModel.Weights(9));
        var sent = new InferenceMessage(Rows.Message(1, 2).Value);
        var local = cluster.Silo(0).ServiceProvider.GetRequiredService<ILocalWorkers>();

        var worker = Assert.IsAssignableFrom<ILocalWorker>(local.Find(cluster.Key(0, 2)));
        var direct = new InferenceReply(await worker.Infer(WorkerCluster.KeyOf(model).ToGrainKey(), sent.PackedRows, 2, MessageTerms.Default));
        var asked = await Worker.Infer(model, 1, 2);

        Assert.Equal(asked.Scores(), direct.Scores());
        Assert.Equal((2, PriceBook.Default.Version), (direct.BatchRows, direct.PriceBookVersion));
        Assert.InRange(direct.DeviceNanoseconds, 1, long.MaxValue);
        Assert.Null(local.Find(cluster.Key(1, 2)));
        Assert.Null(local.Find(cluster.Key(0, 2) with { Device = "none" }));
    }

    [Fact]
    public async Task Infer_Header_IsTheBatchAndItsTimeAtTheDevicesRate()
    {
        var model = await cluster.AddModel(BasisModel.Weights(2));
        var before = await Worker.Describe();

        var reply = await Worker.Infer(model, 1, 2, 3, 4);

        var after = await Worker.Describe();
        Assert.Equal(4, reply.BatchRows);
        Assert.Equal(PriceBook.Default.Version, reply.PriceBookVersion);
        Assert.InRange(reply.DeviceNanoseconds, 1, TimeSpan.FromSeconds(30).Ticks * 100);

        // A difference of two floored totals is the floored price of the time, or one picodollar more.
        var price = (long)new DevicePricing(0.05m).Of(reply.DeviceNanoseconds).Value;
        Assert.InRange(reply.Picodollars - price, 0, 1);
        Assert.Equal((before.Batches + 1, before.Rows + 4), (after.Batches, after.Rows));
    }

    [Fact]
    public async Task Infer_ManyCallersOnBothSilos_EachGetsItsOwnRows()
    {
        var weights = BasisModel.Weights(3);
        var model = await cluster.AddModel(weights);
        var before = await Worker.Describe();
        var sent = Enumerable.Range(0, 200).Select(call => Enumerable.Range(0, 1 + (call % 5)).Select(row => (call * 0.1f) + row).ToArray()).ToArray();

        var replies = await Task.WhenAll(sent.Select((rows, call) => cluster.Worker(cluster.Key(0, 2), call % 2).Infer(model, rows)));

        Assert.All(sent.Zip(replies), pair =>
        {
            Assert.Equal(Rows.Expected(weights, pair.First), pair.Second.Scores());
            Assert.True(pair.Second.BatchRows >= pair.First.Length);
        });
        Assert.Equal(before.Rows + sent.Sum(rows => rows.Length), (await Worker.Describe()).Rows);
        Assert.Equal(1, cluster.Engine.Loads(model.ArtifactSha256, DeviceName));
    }

    [Fact]
    public async Task Unload_ThenInfer_LoadsAgain()
    {
        var weights = BasisModel.Weights(4);
        var model = await cluster.AddModel(weights);
        var key = WorkerCluster.KeyOf(model);
        await Worker.Load(key);
        await Worker.Load(key);
        Assert.Equal(1, cluster.Engine.Loads(model.ArtifactSha256, DeviceName));

        await Worker.Unload(key);
        await Worker.Unload(key);
        Assert.DoesNotContain(key.ToGrainKey(), (await Worker.Describe()).LoadedModels);

        var reply = await Worker.Infer(model, 2);
        Assert.Equal(Rows.Expected(weights, 2), reply.Scores());
        Assert.Equal(2, cluster.Engine.Loads(model.ArtifactSha256, DeviceName));
    }

    [Fact]
    public async Task Load_ArtifactAltered_IsRefusedUntilRestored()
    {
        var weights = BasisModel.Weights(5);
        var model = await cluster.AddModel(weights);
        var file = cluster.Objects.LocalPath(cluster.Objects.ContentPath(model.ArtifactSha256));
        await File.WriteAllBytesAsync(file, BasisModel.Artifact(BasisModel.Weights(6)), TestContext.Current.CancellationToken);

        var refusals = new[]
        {
            await Condition.Refused(() => Worker.Load(WorkerCluster.KeyOf(model))),
            await Condition.Refused(() => Worker.Infer(model, 1)),
            await Condition.Refused(() => Worker.Inspect(model.ArtifactSha256, null, null)),
        };

        Assert.All(refusals, refusal => Assert.Equal(("artifact-altered", RefusalKind.Unprocessable), (refusal.Code, refusal.Kind)));
        Assert.DoesNotContain(WorkerCluster.KeyOf(model).ToGrainKey(), (await Worker.Describe()).LoadedModels);

        await File.WriteAllBytesAsync(file, BasisModel.Artifact(weights), TestContext.Current.CancellationToken);
        Assert.Equal(Rows.Expected(weights, 1), (await Worker.Infer(model, 1)).Scores());
    }

    [Fact]
    public async Task Load_ArtifactMissing_IsRefused()
    {
        var model = cluster.AddModel(new string('e', 64), 8);

        var refusal = await Condition.Refused(() => Worker.Load(WorkerCluster.KeyOf(model)));

        Assert.Equal(("artifact-missing", RefusalKind.NotFound), (refusal.Code, refusal.Kind));
        Assert.Equal(cluster.Objects.ContentPath(model.ArtifactSha256), refusal.Where);
        Assert.Equal("artifact-missing", (await Condition.Refused(() => Worker.Infer(model, 1))).Code);
    }

    [Fact]
    public async Task Load_UnknownVersion_IsRefusedByItsGrain() =>
        Assert.Equal("model-version-unknown", (await Condition.Refused(() => Worker.Load(new ModelVersionKey("default", "nothing", 9)))).Code);

    [Fact]
    public async Task Infer_MalformedMessages_AreRefused()
    {
        var model = await cluster.AddModel(BasisModel.Weights(7));
        var key = WorkerCluster.KeyOf(model).ToGrainKey();
        var cut = Rows.Message(1, 2).Value[..^1];
        var empty = Rows.Message().Value;

        Assert.Equal("message-malformed", (await Condition.Refused(() => Worker.Infer(key, new Immutable<byte[]>([1])))).Code);
        Assert.Equal("rows-malformed", (await Condition.Refused(() => Worker.Infer(key, new Immutable<byte[]>(cut)))).Code);
        Assert.Equal("rows-malformed", (await Condition.Refused(() => Worker.Infer(key, new Immutable<byte[]>(empty)))).Code);
    }
}
