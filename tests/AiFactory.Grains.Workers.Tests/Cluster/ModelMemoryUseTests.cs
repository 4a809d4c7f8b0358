using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Workers.Devices;
using AiFactory.Grains.Workers.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers.Tests.Cluster;

/// <summary>What stays in a device's memory, what leaves it, and what happens on the way.</summary>
[Collection(WorkerClusterDefinition.Name)]
public sealed class ModelMemoryUseTests(WorkerCluster cluster) : IAsyncLifetime
{
    private const string DeviceName = "cpu-1";
    private const int Terms = 100;
    private const long ModelBytes = Terms * sizeof(float);

    // On the second silo, called from the first.
    private IWorkerGrain Worker => cluster.Worker(cluster.Key(1, 1), 0);

    private WorkerDevice Device => cluster.Silo(1).ServiceProvider.GetRequiredService<WorkerRuntime>().Device(cluster.Key(1, 1));

    private PinnedModels Pinned => cluster.Silo(1).ServiceProvider.GetRequiredService<PinnedModels>();

    private DeviceModels Models => Device.Models;

    public async ValueTask InitializeAsync()
    {
        foreach (var model in Models.Describe().Models)
        {
            Models.Unload(model.Model);
        }

        await Condition.UntilValue(() => Models.Describe().MemoryBytes, bytes => bytes == 0);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Load_NewModel_IsWarmedUpAtOneRowAndAtTheBatchLimit()
    {
        var model = await Add(101);

        await Worker.Load(WorkerCluster.KeyOf(model));

        Assert.Equal([1, 64], cluster.Engine.Runs(model.ArtifactSha256));
        var batches = (await Worker.Describe()).Batches;
        await Worker.Infer(model, 1);
        Assert.Equal(batches + 1, (await Worker.Describe()).Batches);
        Assert.Equal([1, 64, 1], cluster.Engine.Runs(model.ArtifactSha256));
    }

    [Fact]
    public async Task Inspect_Artefact_SaysWhatWasTriedAndKeepsNothing()
    {
        var model = await Add(102);

        var inspection = await Worker.Inspect(model.ArtifactSha256, null, null);

        Assert.Equal(BasisModel.Signature.Inputs[0].Name, inspection.Signature.Inputs[0].Name);
        Assert.Equal(ModelBytes, inspection.MemoryBytes);
        Assert.Equal([$"Loaded by basis on {DeviceName}.", "Warm-up ran on zeros, 1 row and 64 rows."], inspection.Checks);
        Assert.Equal(0, cluster.Engine.Open(model.ArtifactSha256));
    }

    [Fact]
    public async Task Pin_ModelsTakeTurns_ThePinnedOneStaysUntilItIsUnloaded()
    {
        var (pinned, first, second) = (await Add(103), await Add(104), await Add(105));
        await Worker.Pin(WorkerCluster.KeyOf(pinned));

        await Worker.Infer(first, 1);
        await Worker.Infer(second, 1);
        await Worker.Infer(first, 1);

        var models = await Worker.DescribeModels();
        Assert.True(Assert.Single(models.Models, held => held.Model == Name(pinned)).Pinned);
        Assert.Equal(1, cluster.Engine.Loads(pinned.ArtifactSha256, DeviceName));
        Assert.InRange(models.MemoryBytes, ModelBytes, WorkerCluster.LoadedModelBytesMax);
        Assert.Equal(WorkerCluster.LoadedModelBytesMax, models.MemoryBytesMax);

        await Worker.Release(WorkerCluster.KeyOf(pinned));
        Assert.Contains(Name(pinned), Models.Names);
        Assert.DoesNotContain((await Worker.Unload(WorkerCluster.KeyOf(pinned))).Models, held => held.Model == Name(pinned));
    }

    [Fact]
    public async Task Restore_PinnedBeforeARestart_IsLoadedAndStaysUntilItIsUnloaded()
    {
        var model = await Add(120);
        await Worker.Pin(WorkerCluster.KeyOf(model));
        Models.Unload(Name(model)); // As a restart would: what is in memory goes, what is remembered stays.
        Assert.DoesNotContain(Models.Describe().Models, held => held.Model == Name(model));

        await Pinned.Restore(Device);

        Assert.True(Assert.Single(Models.Describe().Models, held => held.Model == Name(model)).Pinned);
        await Worker.Unload(WorkerCluster.KeyOf(model));
        await Pinned.Restore(Device);
        Assert.DoesNotContain(Models.Describe().Models, held => held.Model == Name(model));
    }

    [Fact]
    public async Task Restore_OneCannotBeLoaded_TheOthersAreAndItStaysRemembered()
    {
        var model = await Add(121);
        var gone = new ModelVersionKey("default", "gone", 1);
        await Worker.Pin(WorkerCluster.KeyOf(model));
        cluster.Pins.Pins[Device.Key.ToGrainKey()] = new([gone, WorkerCluster.KeyOf(model)]);
        Models.Unload(Name(model));

        await Pinned.Restore(Device);

        Assert.True(Assert.Single(Models.Describe().Models, held => held.Model == Name(model)).Pinned);
        Assert.Contains(gone, cluster.Pins.Pins[Device.Key.ToGrainKey()].Models);
        await Worker.Unload(gone);
        await Worker.Unload(WorkerCluster.KeyOf(model));
    }

    [Fact]
    public async Task Pin_CannotBeLoaded_IsNotRemembered()
    {
        var gone = new ModelVersionKey("default", "gone", 2);

        await Condition.Refused(() => Worker.Pin(gone));

        Assert.DoesNotContain(gone, cluster.Pins.Pins.GetValueOrDefault(Device.Key.ToGrainKey(), WorkerPins.None).Models);
    }

    [Fact]
    public async Task Pin_NoRoomLeft_OthersAreRefusedAndServedOnceThereIs()
    {
        var (first, second, third) = (await Add(106), await Add(107), await Add(108));
        await Worker.Pin(WorkerCluster.KeyOf(first));
        await Worker.Pin(WorkerCluster.KeyOf(second));

        Assert.Equal("model-memory-pinned", (await Condition.Refused(() => Worker.Infer(third, 1))).Code);

        await Worker.Unload(WorkerCluster.KeyOf(first));
        Assert.Equal(Rows.Expected(BasisModel.Weights(108, Terms), 1), (await Worker.Infer(third, 1)).Scores());
        await Worker.Unload(WorkerCluster.KeyOf(second));
    }

    [Fact]
    public async Task Release_ModelInUse_AnswersFirst()
    {
        var model = await Add(109);
        await Models.Load(Name(model));
        Task<Engines.Inference.Batching.InferenceAnswer> waiting;
        cluster.Engine.Gate.Reset();
        try
        {
            waiting = Models.Run(Name(model), new InferenceMessage(Rows.Message(2).Value).PackedRows, 1, MessageTerms.Default).AsTask();
            Models.Release(Name(model));
            Assert.DoesNotContain(Name(model), Models.Names);
        }
        finally
        {
            cluster.Engine.Gate.Set();
        }

        Assert.Equal(Rows.Expected(BasisModel.Weights(109, Terms), 2), new InferenceReply((await waiting).Bytes).Scores());
        await Condition.UntilValue(() => cluster.Engine.Open(model.ArtifactSha256), open => open == 0);
    }

    [Fact]
    public async Task ReleaseIdle_NobodyUsedIt_LeavesAndComesBackWithItsNextRequest()
    {
        var (idle, pinned) = (await Add(110), await Add(111));
        await Worker.Infer(idle, 1);
        await Worker.Pin(WorkerCluster.KeyOf(pinned));
        Models.ReleaseIdle(TimeSpan.FromHours(1));
        Assert.Contains(Name(idle), Models.Names);

        var options = Options.Create(new WorkerOptions { IdleUnloadAfter = TimeSpan.FromTicks(1) });
        using var sweep = new ModelSweep(cluster.Silo(1).ServiceProvider.GetRequiredService<WorkerRuntime>(), options, TimeProvider.System);
        await sweep.StartAsync(TestContext.Current.CancellationToken);
        await Condition.UntilValue(() => Models.Names, names => !names.Contains(Name(idle)));
        await sweep.StopAsync(TestContext.Current.CancellationToken);

        Assert.Contains(Name(pinned), Models.Names);
        Assert.Equal(Rows.Expected(BasisModel.Weights(110, Terms), 3), (await Worker.Infer(idle, 3)).Scores());
        Assert.Equal(2, cluster.Engine.Loads(idle.ArtifactSha256, DeviceName));
        await Worker.Unload(WorkerCluster.KeyOf(pinned));
    }

    [Fact]
    public async Task Recount_BuffersGrew_AreCountedAndMakeOthersLeave()
    {
        var (grown, other) = (await Add(114), await Add(115));
        await Worker.Infer(other, 1);
        await Worker.Infer(grown, 1);

        cluster.Engine.Buffers[grown.ArtifactSha256] = 150;
        Models.Recount();
        Assert.Equal((2 * ModelBytes) + 150, Models.Describe().MemoryBytes);
        Assert.Equal(2, Models.Names.Count);

        cluster.Engine.Buffers[grown.ArtifactSha256] = 500;
        Models.Recount();
        Assert.Equal([Name(grown)], Models.Names);
        await Condition.UntilValue(() => Models.Describe().MemoryBytes, bytes => bytes == ModelBytes + 500);
    }

    [Fact]
    public async Task Run_LoadTakesLongerThanTheDeadline_IsRefusedAndTheLoadGoesOn()
    {
        var model = await Add(112);
        var rows = new InferenceMessage(Rows.Message(1).Value).PackedRows;
        var terms = MessageTerms.Default with { BudgetNanoseconds = 1_000_000 };
        Task<Engines.Inference.Batching.InferenceAnswer> held;
        cluster.Engine.LoadGate.Reset();
        try
        {
            held = Models.Run(Name(model), new InferenceMessage(Rows.Message(2).Value).PackedRows, 1, MessageTerms.Default).AsTask();
            Assert.Equal("model-loading", (await Condition.Refused(() => Models.Run(Name(model), rows, 1, terms).AsTask())).Code);
            Assert.True(Assert.Single(Models.Describe().Models, shown => shown.Model == Name(model)).Loading);
        }
        finally
        {
            cluster.Engine.LoadGate.Set();
        }

        Assert.Equal(Rows.Expected(BasisModel.Weights(112, Terms), 2), new InferenceReply((await held).Bytes).Scores());
        Assert.Equal(1, cluster.Engine.Loads(model.ArtifactSha256, DeviceName));
    }

    [Fact]
    public async Task Infer_ColdModelsOneAfterTheOther_AHotOneIsNeverLoadedAgain()
    {
        var hot = await Add(113);
        await Worker.Infer(hot, 1);
        await Worker.Infer(hot, 1);
        for (var seed = 120; seed < 132; seed++)
        {
            var cold = await Add(seed);
            Assert.Equal(Rows.Expected(BasisModel.Weights(seed, Terms), 4), (await Worker.Infer(cold, 4)).Scores());
        }

        Assert.Equal(1, cluster.Engine.Loads(hot.ArtifactSha256, DeviceName));
    }

    private static string Name(ModelVersion model) => WorkerCluster.KeyOf(model).ToGrainKey();

    private Task<ModelVersion> Add(int seed) => cluster.AddModel(BasisModel.Weights(seed, Terms));
}
