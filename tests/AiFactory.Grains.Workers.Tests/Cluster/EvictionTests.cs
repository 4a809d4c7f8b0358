using AiFactory.Domain.Models;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Grains.Workers.Devices;
using AiFactory.Grains.Workers.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Grains.Workers.Tests.Cluster;

[Collection(WorkerClusterDefinition.Name)]
public sealed class EvictionTests(WorkerCluster cluster)
{
    private const string DeviceName = "cpu-3";
    private const int Terms = 100;

    [Fact]
    public async Task Infer_NoRoom_AModelUsedOnceLeavesBeforeOneUsedAgain()
    {
        var worker = cluster.Worker(cluster.Key(0, 3), 1);
        var (first, second, third) = (await Add(11), await Add(12), await Add(13));
        await Check(worker, first, 11);
        await Check(worker, second, 12);
        await Check(worker, first, 11);

        await Check(worker, third, 13);
        Assert.Equal(Names(first, third), (await worker.Describe()).LoadedModels);

        await Check(worker, second, 12);
        Assert.Equal(Names(first, second), (await worker.Describe()).LoadedModels);
        Assert.Equal((1, 2, 1), (Loads(first), Loads(second), Loads(third)));
    }

    [Fact]
    public async Task Infer_ModelsTakeTurnsUnderLoad_NoRequestFails()
    {
        var models = new[] { await Add(21), await Add(22), await Add(23), await Add(24) };

        await Task.WhenAll(Enumerable.Range(0, 400).Select(call =>
            Check(cluster.Worker(cluster.Key(1, 3), call % 2), models[call * 7 % 4], 21 + (call * 7 % 4))));

        Assert.All(models, model => Assert.True(Loads(model) >= 1));
        Assert.Equal(2, (await cluster.Worker(cluster.Key(1, 3), 0).Describe()).LoadedModels.Count);
        Assert.InRange(cluster.Engine.BytesPeak(DeviceName), 1, 2 * WorkerCluster.LoadedModelBytesMax); // One device of that name in each silo.
        Assert.Equal(2, await Condition.UntilValue(() => models.Sum(model => cluster.Engine.Open(model.ArtifactSha256)), open => open <= 2));
    }

    [Fact]
    public async Task Unload_MessagesWait_AreAnsweredBeforeTheModelGoes()
    {
        // Not through the grain: messages between silos may overtake each other.
        var models = cluster.Silo(0).ServiceProvider.GetRequiredService<WorkerRuntime>().Device(cluster.Key(0, 3)).Models;
        var model = await Add(41);
        var name = WorkerCluster.KeyOf(model).ToGrainKey();
        await models.Load(name);
        Task<InferenceAnswer>[] waiting;
        cluster.Engine.Gate.Reset();
        try
        {
            waiting = [.. Enumerable.Range(0, 20).Select(call => models.Run(name, new InferenceMessage(Rows.Message(call).Value).PackedRows, 1, MessageTerms.Default).AsTask())];
            models.Unload(name);
            Assert.DoesNotContain(name, models.Names);
            Assert.Equal(1, cluster.Engine.Open(model.ArtifactSha256));
        }
        finally
        {
            cluster.Engine.Gate.Set();
        }

        var answers = await Task.WhenAll(waiting);
        Assert.Equal(
            Rows.Expected(BasisModel.Weights(41, Terms), [.. Enumerable.Range(0, 20).Select(call => (float)call)]),
            answers.Select(answer => new InferenceReply(answer.Bytes).Scores().Single()));
        Assert.Equal(1, Loads(model));
        await Condition.UntilValue(() => cluster.Engine.Open(model.ArtifactSha256), open => open == 0);
    }

    [Fact]
    public async Task Cancel_ModelUnloadedWhileRowsWait_TakesThemOutOfTheQueue()
    {
        var device = cluster.Silo(0).ServiceProvider.GetRequiredService<WorkerRuntime>().Device(cluster.Key(0, 3));
        var name = WorkerCluster.KeyOf(await Add(51)).ToGrainKey();
        await device.Models.Load(name);
        cluster.Engine.Gate.Reset();
        try
        {
            var first = Run(device.Models, name, 1, id: 0);
            await Condition.UntilValue(() => device.Executor.WaitingRows, rows => rows == 0);
            var waiting = Run(device.Models, name, 2, id: 77);
            device.Models.Unload(name);

            device.Models.Cancel(name, 77);

            await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
            cluster.Engine.Gate.Set();
            await first;
        }
        finally
        {
            cluster.Engine.Gate.Set();
        }
    }

    [Fact]
    public async Task Cancel_WhileTheModelLoads_EndsTheWait()
    {
        var device = cluster.Silo(0).ServiceProvider.GetRequiredService<WorkerRuntime>().Device(cluster.Key(0, 3));
        var model = await Add(52);
        var name = WorkerCluster.KeyOf(model).ToGrainKey();
        cluster.Engine.LoadGate.Reset();
        try
        {
            var (given, kept) = (Run(device.Models, name, 1, id: 78), Run(device.Models, name, 2, id: 79));

            device.Models.Cancel(name, 78);

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
            cluster.Engine.LoadGate.Set();
            await kept;
        }
        finally
        {
            cluster.Engine.LoadGate.Set();
        }
    }

    [Fact]
    public async Task Load_LargerThanTheDevice_IsRefusedAndNothingLeaves()
    {
        var worker = cluster.Worker(cluster.Key(0, 3), 1);
        await worker.Load(WorkerCluster.KeyOf(await Add(31)));
        var before = (await worker.Describe()).LoadedModels;
        var large = await cluster.AddModel(BasisModel.Weights(32, ((int)WorkerCluster.LoadedModelBytesMax / sizeof(float)) + 1));

        var refusal = await Condition.Refused(() => worker.Infer(large, 1));

        Assert.Equal("model-too-large", refusal.Code);
        Assert.Equal(before, (await worker.Describe()).LoadedModels);
    }

    private static Task<InferenceAnswer> Run(DeviceModels models, string name, float x, long id) =>
        models.Run(name, new InferenceMessage(Rows.Message(x).Value).PackedRows, 1, MessageTerms.Default with { MessageId = id }).AsTask();

    private static async Task Check(IWorkerGrain worker, ModelVersion model, int seed) =>
        Assert.Equal(Rows.Expected(BasisModel.Weights(seed, Terms), 0.25f, 4), (await worker.Infer(model, 0.25f, 4)).Scores());

    private static string[] Names(params ModelVersion[] models) => [.. models.Select(model => WorkerCluster.KeyOf(model).ToGrainKey()).Order(StringComparer.Ordinal)];

    private Task<ModelVersion> Add(int seed) => cluster.AddModel(BasisModel.Weights(seed, Terms));

    private int Loads(ModelVersion model) => cluster.Engine.Loads(model.ArtifactSha256, DeviceName);
}
