using AiFactory.Domain.Workers;

namespace AiFactory.Grains.Workers.Tests.Cluster;

[Collection(WorkerClusterDefinition.Name)]
public sealed class PlacementTests(WorkerCluster cluster)
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    public async Task Worker_CalledFromAnySilo_IsOnTheSiloItsKeyNames(int owner, int caller)
    {
        var worker = cluster.Worker(cluster.Key(owner, 0), caller);

        var status = await worker.Describe();

        Assert.Equal(cluster.Key(owner, 0), status.Key);
        Assert.Equal("cpu-0", status.Device.Name);
        Assert.Equal(cluster.Silo(owner).SiloAddress, await Address(worker));
    }

    [Fact]
    public async Task Worker_DeactivatedAndCalledFromTheOtherSilo_ComesBackWhereItWas()
    {
        var worker = cluster.Worker(cluster.Key(0, 1), 1);
        await worker.Describe();
        await cluster.Cluster.DeactivateAsync(worker);

        var status = await worker.Describe();

        Assert.Equal(cluster.Key(0, 1), status.Key);
        Assert.Equal(cluster.Silo(0).SiloAddress, await Address(worker));
    }

    [Theory]
    [InlineData("silo-nowhere/cpu-0")]
    [InlineData("cpu-0")]
    public async Task Worker_OfASiloThatIsNotUp_IsUnavailable(string key)
    {
        var exception = await Assert.ThrowsAsync<SiloUnavailableException>(() => cluster.Cluster.Client.GetGrain<IWorkerGrain>(key).Describe());

        Assert.Contains($"'{key}' belongs to silo", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Worker_OfADeviceThatIsNotThere_IsRefusedByName(int caller)
    {
        var key = new WorkerKey(cluster.Silo(0).Name, "gpu-7");

        var refusal = await Condition.Refused(() => cluster.Worker(key, caller).Describe());

        Assert.Equal("device-unknown", refusal.Code);
        Assert.Equal(key.ToGrainKey(), refusal.Where);
        Assert.Contains("cpu-0, cpu-1", refusal.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Heartbeat_EverySilo_TellsThePoolItsDevices()
    {
        var heard = await Condition.UntilValue(() => cluster.Heard.Devices.ToArray(), silos => silos.Length >= 2);

        Assert.Equal([cluster.Silo(0).Name, cluster.Silo(1).Name], heard.Select(silo => silo.Key).Order(StringComparer.Ordinal));
        Assert.All(heard, silo => Assert.Equal(["cpu-0", "cpu-1", "cpu-2", "cpu-3", WorkerCluster.SharedDevice], silo.Value.Select(device => device.Name)));
    }

    private async Task<SiloAddress?> Address(IWorkerGrain worker) =>
        await cluster.Cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(worker, TestContext.Current.CancellationToken);
}
