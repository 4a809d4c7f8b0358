using AiFactory.Domain.Endpoints;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Tests.Cluster;

namespace AiFactory.Grains.Tests.Endpoints;

[Collection(FactoryClusterDefinition.Name)]
public sealed class RoutingTableGrainTests(FactoryCluster factory)
{
    [Fact]
    public async Task Watch_KnownVersion_WaitsForChange()
    {
        var table = Table("watched");
        await table.Publish(Route("a", 1));
        var waiting = Enumerable.Range(0, 20).Select(_ => table.Watch(1)).ToArray();
        Assert.Equal(1, (await table.Watch(0)).Version);
        Assert.DoesNotContain(waiting, watch => watch.IsCompleted);

        await table.Publish(Route("b", 1));

        foreach (var snapshot in await Task.WhenAll(waiting))
            Assert.Equal((2L, 2), (snapshot.Version, snapshot.Routes.Count));
    }

    [Fact]
    public async Task Publish_OlderOrSameRevision_HasNoEffect()
    {
        var table = Table("stale");
        await table.Publish(Route("a", 2));
        await table.Publish(Route("a", 2));
        await table.Publish(Route("a", 1));
        await table.Withdraw("a", 1);
        Assert.Equal((1L, 2L), await Seen());

        await table.Withdraw("a", 3);
        await factory.Deactivate(table);
        await table.Publish(Route("a", 2));
        Assert.Equal(2, (await table.Watch(0)).Version);
        Assert.Empty((await table.Watch(0)).Routes);

        async Task<(long Version, long Revision)> Seen()
        {
            var snapshot = await table.Watch(0);
            return (snapshot.Version, Assert.Single(snapshot.Routes).Revision);
        }
    }

    [Fact]
    public async Task Watch_LaterVersionThanThereIs_AnswersAtOnce() =>
        Assert.Equal(0, (await Table("replaced").Watch(7)).Version);

    private IRoutingTableGrain Table(string tenant) => factory.Grains.GetGrain<IRoutingTableGrain>(tenant);

    private static EndpointRoute Route(string endpoint, long revision) => new(endpoint, revision, "salt", null, Durability.PageCache, [], null);
}
