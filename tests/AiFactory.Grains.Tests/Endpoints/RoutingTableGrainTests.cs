using AiFactory.Domain.Endpoints;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Storage;
using AiFactory.Grains.Tests.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

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
    public async Task Watch_KnownLine_IsToldWhatChangedSince()
    {
        var table = Table("followed");
        foreach (var endpoint in (string[])["a", "b", "c"])
            await table.Publish(Route(endpoint, 1));
        var whole = await table.Watch(-1);
        Assert.Equal((true, 3L, 3), (whole.Whole, whole.Version, whole.Routes.Count));
        var waiting = table.Watch(whole.Version, whole.Line);

        await table.Publish(Route("b", 2));
        var first = await waiting;
        await table.Withdraw("c", 2);
        var second = await table.Watch(first.Version, whole.Line);

        Assert.Equal((false, 4L, "b"), (first.Whole, first.Version, Assert.Single(first.Routes).Endpoint));
        Assert.Equal((false, 5L, "c"), (second.Whole, second.Version, Assert.Single(second.Gone)));
        Assert.Empty(second.Routes);
        var missed = await table.Watch(3, whole.Line);
        Assert.Equal((5L, "b", "c"), (missed.Version, Assert.Single(missed.Routes).Endpoint, Assert.Single(missed.Gone)));
    }

    [Fact]
    public async Task Watch_AnotherLine_IsToldAllAtOnce()
    {
        var table = Table("rebuilt");
        await table.Publish(Route("a", 1));
        await table.Publish(Route("b", 1));
        var before = await table.Watch(-1);
        await factory.Deactivate(table);

        var after = await table.Watch(before.Version, before.Line);

        Assert.Equal((true, 2L, 2), (after.Whole, after.Version, after.Routes.Count));
        Assert.NotEqual(before.Line, after.Line);
    }

    [Fact]
    public async Task Activate_RoutesKeptBeforeThereWerePages_AreTakenOver()
    {
        var table = Table("former");
        var storage = factory.Cluster.Silos[0].ServiceProvider.GetRequiredKeyedService<IGrainStorage>(StateStore.Name);
        var former = new KeptRoutes(new(7, [Route("a", 3), Route("b", 1)]), new Dictionary<string, long> { ["a"] = 3, ["b"] = 1, ["gone"] = 5 });
        await storage.WriteStateAsync("routing-table", table.GetGrainId(), new GrainState<RoutingTableState>(new RoutingTableState { Book = former }));

        var routes = await table.Watch(0);
        await table.Publish(Route("gone", 5));
        await table.Publish(Route("b", 2));
        await factory.Deactivate(table);
        var again = await table.Watch(0);

        Assert.Equal((7L, 2), (routes.Version, routes.Routes.Count));
        Assert.Equal((8L, "a", "b"), (again.Version, again.Routes[0].Endpoint, again.Routes[1].Endpoint));
        Assert.Equal(2, again.Routes[1].Revision);
        var left = new GrainState<RoutingTableState>();
        await storage.ReadStateAsync("routing-table", table.GetGrainId(), left);
        Assert.True(left.RecordExists);
        Assert.Null(left.State?.Book);
    }

    [Fact]
    public async Task Publish_ManyEndpoints_AllAreThereAfterAReload()
    {
        var table = Table("many");
        string[] names = [.. Enumerable.Range(0, 200).Select(i => $"e-{i:000}")];
        foreach (var name in names)
            await table.Publish(Route(name, 1));
        await table.Withdraw(names[7], 2);
        await factory.Deactivate(table);

        var routes = await table.Watch(0);

        Assert.Equal(201, routes.Version);
        Assert.Equal(names.Where(name => name != names[7]), routes.Routes.Select(route => route.Endpoint));
    }

    [Fact]
    public async Task Watch_LaterVersionThanThereIs_AnswersAtOnce() =>
        Assert.Equal(0, (await Table("replaced").Watch(7)).Version);

    private IRoutingTableGrain Table(string tenant) => factory.Grains.GetGrain<IRoutingTableGrain>(tenant);

    private static EndpointRoute Route(string endpoint, long revision) => new(endpoint, revision, "salt", null, Durability.PageCache, [], null);
}
