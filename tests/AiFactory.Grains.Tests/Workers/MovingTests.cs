using AiFactory.Domain.Datasets;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Datasets;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Models;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Tests.Doubles;
using AiFactory.Grains.Training;
using AiFactory.Grains.Workers;

namespace AiFactory.Grains.Tests.Workers;

/// <summary>What was placed follows the workers that come and go. On a cluster of its own, since all that is placed follows.</summary>
public sealed class MovingTests : IAsyncLifetime
{
    private static readonly WorkerKey First = new(TestHeartbeat.SiloName, "cpu-0"), Second = new(TestHeartbeat.SiloName, "cpu-1"), Late = new("late", "gpu-0");

    private readonly FactoryCluster _factory = new();

    private IWorkerPoolGrain Pool => _factory.Grains.GetGrain<IWorkerPoolGrain>(WorkerPool.Default);

    public ValueTask InitializeAsync() => _factory.InitializeAsync();

    public ValueTask DisposeAsync() => _factory.DisposeAsync();

    [Fact]
    public async Task Route_WorkersComeAndGo_LeadsToThoseThatAreReady()
    {
        await Condition.Until(() => Pool.List(), workers => workers.Count == 2);
        await _factory.Grains.GetGrain<IModelGrain>("default/m").Register(Samples.Registration("r", Samples.Evaluation()));
        var endpoint = _factory.Grains.GetGrain<IEndpointGrain>("default/e");
        var deployed = await endpoint.Deploy(new EndpointSpec([new VariantSpec("a", new ModelVersionKey("default", "m", 1), 100)]));
        await Replicas(First, Second);

        await Pool.Order(Second, WorkerOrder.Drain);
        await Replicas(First);

        await Arrive(DeviceTier.OnDemand);
        await Replicas(First, Late);
        Assert.True(_factory.Workers.Loaded.ContainsKey((Late.ToGrainKey(), "default/m/1")));

        await Pool.Order(First, WorkerOrder.Remove);
        await Replicas(Late);
        await Pool.Order(First, WorkerOrder.None);
        await Pool.Order(Second, WorkerOrder.None);
        await Replicas(First, Second, Late);

        // It is the same revision all the while: its experiment goes on.
        Assert.Equal(deployed.Revision, (await endpoint.Get()).Revision);
        await _factory.Deactivate(endpoint);
        Assert.Equal(deployed.Revision, (await endpoint.Get()).Revision);
    }

    [Fact]
    public async Task Deploy_TierThatNoWorkerHas_IsRefusedAndTheNextWorkerOfItTakesTheLoad()
    {
        await Condition.Until(() => Pool.List(), workers => workers.Count == 2);
        await _factory.Grains.GetGrain<IModelGrain>("default/m").Register(Samples.Registration("r", Samples.Evaluation()));
        var endpoint = _factory.Grains.GetGrain<IEndpointGrain>("default/e");
        var spec = new EndpointSpec([new VariantSpec("a", new ModelVersionKey("default", "m", 1), 100)], Serving: new ServingTerms(Placement: new([DeviceTier.Owned])));
        var refused = await Condition.Refused(() => endpoint.Deploy(spec));
        Assert.Equal(("placement-impossible", RefusalKind.Unprocessable), (refused.Code, refused.Kind));
        Assert.Contains("2 x cpu-slot (on-demand)", refused.Mend, StringComparison.Ordinal);

        await Arrive(DeviceTier.Owned);
        await endpoint.Deploy(spec);
        await Replicas(Late);
    }

    [Fact]
    public async Task TrainingRun_WorkerRemoved_GoesOnElsewhereFromItsCheckpoint()
    {
        await Condition.Until(() => Pool.List(), workers => workers.Count == 2);
        await Arrive(DeviceTier.Spot);
        var dataset = _factory.Grains.GetGrain<IDatasetGrain>("default/moving-data");
        await dataset.Ingest(new IngestDataset(Samples.Source("a.csv", "moving"), Samples.Contract("moving-data")));
        await Condition.Until(dataset.Get, kept => kept.Versions.Count == 1);
        var run = _factory.Grains.GetGrain<ITrainingRunGrain>("default/moving");
        await run.Start(Samples.Spec("moving-data", "m"));
        var started = await Condition.Until(() => run.Get(), state => state.Workers.Count == 2);

        // Spot first: a run goes on when it is taken away.
        Assert.Equal([Late.ToGrainKey(), First.ToGrainKey()], started.Workers);
        await run.EpochEnded(1, Samples.Epoch(1));
        await Pool.Order(First, WorkerOrder.Remove);

        var moved = await Condition.Until(() => run.Get(), state => state is { Attempt: 2, Workers.Count: 2 });
        Assert.Equal([Late.ToGrainKey(), Second.ToGrainKey()], moved.Workers);
        await Condition.Until(() => _factory.Workers.Running("moving", 2) == 2 && _factory.Workers.Running("moving", 1) == 0);
        Assert.All(_factory.Workers.Shards.Values, shard => Assert.Equal(1, shard.CheckpointEpoch));
        await run.Cancel();
    }

    private Task Arrive(string tier) => Pool.Heartbeat(Late.SiloName, new[] { new Device(Late.Device, DeviceKind.Gpu, "H100", tier) });

    private async Task Replicas(params WorkerKey[] workers) => await Condition.Until(
        async () => (await _factory.Grains.GetGrain<IRoutingTableGrain>("default").Watch(-1)).Routes.Single().Variants[0].Replicas.ToHashSet(),
        replicas => replicas.SetEquals(workers));
}
