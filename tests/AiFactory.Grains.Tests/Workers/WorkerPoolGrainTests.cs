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
}
