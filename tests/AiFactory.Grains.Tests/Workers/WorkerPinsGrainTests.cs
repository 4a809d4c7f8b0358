using AiFactory.Domain.Models;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Workers;

namespace AiFactory.Grains.Tests.Workers;

[Collection(FactoryClusterDefinition.Name)]
public sealed class WorkerPinsGrainTests(FactoryCluster factory)
{
    private static readonly ModelVersionKey First = new("t", "m", 1), Second = new("t", "m", 2);

    [Fact]
    public async Task AddAndRemove_AfterDeactivation_AreRemembered()
    {
        var pins = factory.Grains.GetGrain<IWorkerPinsGrain>("silo-1/cpu-0");
        Assert.Empty(await pins.List());

        await pins.Add(First);
        await pins.Add(Second);
        await pins.Add(First);
        await factory.Deactivate(pins);
        Assert.Equal([First, Second], await pins.List());

        await pins.Remove(First);
        await factory.Deactivate(pins);
        Assert.Equal([Second], await pins.List());
        Assert.Empty(await factory.Grains.GetGrain<IWorkerPinsGrain>("silo-1/cpu-1").List());
    }
}
