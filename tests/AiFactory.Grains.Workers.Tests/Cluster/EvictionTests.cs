using AiFactory.Domain.Models;
using AiFactory.Grains.Workers.Tests.Doubles;

namespace AiFactory.Grains.Workers.Tests.Cluster;

[Collection(WorkerClusterDefinition.Name)]
public sealed class EvictionTests(WorkerCluster cluster)
{
    private const string DeviceName = "cpu-3";
    private const int Terms = 100;

    [Fact]
    public async Task Infer_NoRoom_TheLeastRecentlyUsedLeavesAndComesBack()
    {
        var worker = cluster.Worker(cluster.Key(0, 3), 1);
        var (first, second, third) = (await Add(11), await Add(12), await Add(13));
        await Check(worker, first, 11);
        await Check(worker, second, 12);
        await Check(worker, first, 11);

        await Check(worker, third, 13);
        Assert.Equal(Names(first, third), (await worker.Describe()).LoadedModels);

        await Check(worker, second, 12);
        Assert.Equal(Names(second, third), (await worker.Describe()).LoadedModels);
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

    private static async Task Check(IWorkerGrain worker, ModelVersion model, int seed) =>
        Assert.Equal(Rows.Expected(BasisModel.Weights(seed, Terms), 0.25f, 4), (await worker.Infer(model, 0.25f, 4)).Scores());

    private static string[] Names(params ModelVersion[] models) => [.. models.Select(model => WorkerCluster.KeyOf(model).ToGrainKey()).Order(StringComparer.Ordinal)];

    private Task<ModelVersion> Add(int seed) => cluster.AddModel(BasisModel.Weights(seed, Terms));

    private int Loads(ModelVersion model) => cluster.Engine.Loads(model.ArtifactSha256, DeviceName);
}
