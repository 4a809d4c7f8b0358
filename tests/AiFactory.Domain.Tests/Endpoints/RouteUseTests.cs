using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Tests.Endpoints;

public sealed class RouteUseTests
{
    private static readonly WorkerKey First = new("silo-1", "cpu-0"), Second = new("silo-1", "cpu-1");
    private static readonly ModelVersionKey Old = new("default", "churn", 1), New = new("default", "churn", 2);

    [Fact]
    public void Ended_Redeployed_IsWhatNoRouteUsesAnyMore()
    {
        var before = Table(Route("a", Variant(Old, First, Second), Variant(New, First)), Route("b", Variant(Old, Second)));
        var after = Table(Route("a", Variant(New, First)), Route("b", Variant(Old, Second)));

        Assert.Equal([new ModelUse(Old, First)], RouteUse.Ended(before, after, "a"));
        Assert.Empty(RouteUse.Ended(before, before, "a"));
    }

    [Fact]
    public void Ended_Withdrawn_ShadowsCountAsUse()
    {
        var before = Table(Route("a", Variant(Old, First)));
        var shadowed = Table(Route("b", Variant(New, First)) with { Shadows = [new ShadowRoute(Variant(Old, First), 10)] });

        Assert.Equal([new ModelUse(Old, First)], RouteUse.Ended(before, Table(), "a"));
        Assert.Empty(RouteUse.Ended(before, shadowed, "a"));
        Assert.Equal(2, RouteUse.Ended(shadowed, Table(), "b").Count);
    }

    private static RoutingTable Table(params EndpointRoute[] routes) => new(1, routes);

    private static EndpointRoute Route(string endpoint, params VariantRoute[] variants) => new(endpoint, 1, endpoint, null, Durability.PageCache, variants, null);

    private static VariantRoute Variant(ModelVersionKey model, params WorkerKey[] workers) => new("v", model, 0, 1, new ModelSignature([], []), null, workers);
}
