using AiFactory.Domain.Workers;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Workers;

namespace AiFactory.Grains.Tests.Workers;

[Collection(FactoryClusterDefinition.Name)]
public sealed class WorkerPoolGrainTests(FactoryCluster factory)
{
    [Fact]
    public async Task Heartbeat_AfterDeactivation_RebuildsPool()
    {
        var pool = factory.Grains.GetGrain<IWorkerPoolGrain>("pool-of-test");
        var devices = new[] { new Device("gpu-0", DeviceKind.Gpu, "H100"), new Device("cpu-0", DeviceKind.Cpu, "cpu-slot") };
        await pool.Heartbeat("b", devices);
        await pool.Heartbeat("a", devices);
        Assert.Equal(["a/cpu-0", "a/gpu-0", "b/cpu-0", "b/gpu-0"], (await pool.List()).Select(worker => worker.ToGrainKey()));

        await factory.Deactivate(pool);
        Assert.Empty(await pool.List());
        await pool.Heartbeat("a", devices);
        Assert.Equal(2, (await pool.List()).Count);
    }

    [Fact]
    public async Task Order_Drain_StandsOverDeactivationAndIsAnsweredToTheSilo()
    {
        var pool = factory.Grains.GetGrain<IWorkerPoolGrain>("pool-of-orders");
        var report = new WorkersReport("a", factory.Cluster.Silos[0].SiloAddress.ToParsableString(), "1.2.3", [new WorkerReport(new Device("cpu-0", DeviceKind.Cpu, "cpu-slot", DeviceTier.Spot), WorkerStanding.Ready)]);
        var worker = new WorkerKey("a", "cpu-0");
        Assert.Equal("worker-not-found", (await Condition.Refused(() => pool.Order(worker, WorkerOrder.Drain))).Code);
        Assert.Empty((await pool.Report(report)).Orders);
        Assert.Equal(WorkerStanding.Draining, (await pool.Order(worker, WorkerOrder.Drain)).Standing);
        Assert.Empty(await pool.List());

        await factory.Deactivate(pool);
        Assert.Equal(WorkerOrder.Drain, (await pool.Report(report)).Orders["cpu-0"]);
        var known = Assert.Single((await pool.View()).Workers);
        Assert.Equal((WorkerStanding.Draining, "1.2.3", DeviceTier.Spot), (known.Standing, known.Version, known.Device.Tier));

        await pool.Order(worker, WorkerOrder.None);
        Assert.Equal([worker], await pool.List());
    }

    [Fact]
    public async Task View_SiloOfAnEarlierRun_IsGone()
    {
        var pool = factory.Grains.GetGrain<IWorkerPoolGrain>("pool-of-the-dead");
        var here = factory.Cluster.Silos[0].SiloAddress;
        await pool.Report(new WorkersReport("a", SiloAddress.New(here.Endpoint, here.Generation - 1).ToParsableString(), "1", [new WorkerReport(new Device("cpu-0", DeviceKind.Cpu, "cpu-slot"), WorkerStanding.Ready)]));

        Assert.Empty(await pool.List());
        Assert.Equal(WorkerStanding.Gone, Assert.Single((await pool.View()).Workers).Standing);
    }
}
