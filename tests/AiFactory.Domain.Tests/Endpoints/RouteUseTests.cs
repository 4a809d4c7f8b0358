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
        var (before, after, other) = (Route("a", Variant(Old, First, Second), Variant(New, First)), Route("a", Variant(New, First)), Route("b", Variant(Old, Second)));

        Assert.Equal([new ModelUse(Old, First)], RouteUse.Ended(before, after, [after, other]));
        Assert.Empty(RouteUse.Ended(before, before, [before, other]));
        Assert.Empty(RouteUse.Ended(null, before, [before, other]));
    }

    [Fact]
    public void Ended_Withdrawn_ShadowsCountAsUse()
    {
        var before = Route("a", Variant(Old, First));
        var shadowed = Route("b", Variant(New, First)) with { Shadows = [new ShadowRoute(Variant(Old, First), 10)] };

        Assert.Equal([new ModelUse(Old, First)], RouteUse.Ended(before, null, []));
        Assert.Empty(RouteUse.Ended(before, null, [shadowed]));
        Assert.Equal(2, RouteUse.Ended(shadowed, null, []).Count);
    }

    private static EndpointRoute Route(string endpoint, params VariantRoute[] variants) => new(endpoint, 1, endpoint, null, Durability.PageCache, variants, null);

    private static VariantRoute Variant(ModelVersionKey model, params WorkerKey[] workers) => new("v", model, 0, 1, new ModelSignature([], []), null, workers);
}
