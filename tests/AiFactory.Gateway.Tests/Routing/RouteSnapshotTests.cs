using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Gateway.Fakes;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Workers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Gateway.Routing;

public sealed class RouteSnapshotTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RouteLanes _lanes;

    public RouteSnapshotTests() => _lanes = new(new FakeGrains().Add<IWorkerGrain>(key => new FakeWorker(key)), local: null, new GatewayOptions(), _time);

    [Fact]
    public void Build_OneRouteOfSeveralChanged_TheOthersGoOnAsTheyAre()
    {
        var first = Build(Whole(1, Route("a", 1), Route("b", 1), Route("c", 1)), null);
        var second = Build(new("line", 2, false, [Route("b", 2)], ["c"]), first);

        Assert.Equal(("line", 2L), (second.Line, second.Version));
        Assert.Equal(["a", "b"], second.Endpoints.Keys.Order());
        Assert.Same(first.Endpoints["a"], second.Endpoints["a"]);
        Assert.NotSame(first.Endpoints["b"], second.Endpoints["b"]);
        Assert.Equal(["a", "b", "c"], first.Endpoints.Keys.Order());
    }

    [Fact]
    public void Build_LanesInUse_AreSharedAndOthersForgotten()
    {
        var snapshot = Build(Whole(1, Route("a", 1), Route("b", 1), Route("c", 2)), null);
        Assert.Same(snapshot.Endpoints["a"].Variants[0].Lanes[0], snapshot.Endpoints["b"].Variants[0].Lanes[0]);
        Assert.Equal(2, _lanes.Count);

        var kept = snapshot.Endpoints["b"].Variants[0].Lanes[0];
        snapshot = Build(new("line", 2, false, [Route("a", 3)], []), snapshot);
        Assert.Equal(3, _lanes.Count);
        snapshot = Build(new("line", 3, false, [Route("c", 1)], []), snapshot);
        Assert.Equal(2, _lanes.Count);
        Assert.Same(kept, snapshot.Endpoints["c"].Variants[0].Lanes[0]);
        snapshot = Build(new("line", 4, false, [Route("b", 1) with { Variants = [] }], ["c"]), snapshot);
        Assert.Equal(1, _lanes.Count);
        Assert.Equal(["a"], snapshot.Endpoints.Keys);

        snapshot = Build(new("line", 5, false, [Route("b", 1)], []), snapshot);
        Assert.NotSame(kept, snapshot.Endpoints["b"].Variants[0].Lanes[0]);
    }

    [Fact]
    public void Build_WholeInPlaceOfAnother_NothingOfItIsLeftButWhatBothHave()
    {
        var first = Build(Whole(9, Route("a", 1), Route("b", 2)), null);
        var second = Build(new("other", 1, true, [Route("a", 1), Route("d", 4)], []), first);

        Assert.Equal(("other", 1L), (second.Line, second.Version));
        Assert.Equal(["a", "d"], second.Endpoints.Keys.Order());
        Assert.Same(first.Endpoints["a"].Variants[0].Lanes[0], second.Endpoints["a"].Variants[0].Lanes[0]);
        Assert.Equal(2, _lanes.Count);
    }

    [Fact]
    public async Task Follow_ChangesAndANewLine_AreServedAndOnlyTheLattersAreWhole()
    {
        await using var host = await GatewayHost.Start();
        var cancellation = TestContext.Current.CancellationToken;
        var table = (FakeRouting)host.Grains.GetGrain<IRoutingTableGrain>("default");
        var routes = await host.Services.GetRequiredService<RoutingSnapshots>().Of("default", cancellation).AsTask().WaitAsync(cancellation);
        await host.Publish(Route("a", 1));
        await host.Publish(Route("b", 1));
        await table.Withdraw("a", 2);
        Assert.True(await routes.WaitFor(snapshot => !snapshot.Endpoints.ContainsKey("a"), TimeSpan.FromSeconds(60), cancellation));
        Assert.Equal(["b"], routes.Current!.Endpoints.Keys);
        Assert.Equal((1, 3), table.Told);

        table.Replace(Route("c", 1));
        Assert.True(await routes.WaitFor(snapshot => snapshot.Endpoints.ContainsKey("c"), TimeSpan.FromSeconds(60), cancellation));

        Assert.Equal(["c"], routes.Current!.Endpoints.Keys);
        Assert.Equal(2, table.Told.Whole);
    }

    private RouteSnapshot Build(RouteChanges changes, RouteSnapshot? previous) => RouteSnapshot.Build(changes, previous, _lanes, _time);

    private static RouteChanges Whole(long version, params EndpointRoute[] routes) => new("line", version, true, routes, []);

    private static EndpointRoute Route(string endpoint, int modelVersion) =>
        Routes.Endpoint(endpoint, null, Routes.Variant("v", new ModelVersionKey("default", "m", modelVersion), 0, 1, Routes.Numeric()));
}
