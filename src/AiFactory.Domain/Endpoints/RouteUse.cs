using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Endpoints;

/// <summary>A model version in a worker's memory, because a route leads there.</summary>
public readonly record struct ModelUse(ModelVersionKey Model, WorkerKey Worker);

/// <summary>What routes keep in the workers' memory.</summary>
public static class RouteUse
{
    /// <summary>What an endpoint's earlier route used, and neither its present one nor any other uses. Others are looked at only where the two differ.</summary>
    /// <param name="before">Null: it had none.</param>
    /// <param name="after">Null: it has none.</param>
    /// <param name="routes">All present routes.</param>
    public static IReadOnlyList<ModelUse> Ended(EndpointRoute? before, EndpointRoute? after, IEnumerable<EndpointRoute> routes)
    {
        var used = before is null ? [] : Of(before).ToHashSet();
        if (after is not null)
            used.ExceptWith(Of(after));
        return used.Count == 0 ? [] : Unused(routes, used);
    }

    /// <summary>Those of the uses that no route needs.</summary>
    public static IReadOnlyList<ModelUse> Unused(IEnumerable<EndpointRoute> routes, IEnumerable<ModelUse> uses)
    {
        var left = uses.ToHashSet();
        foreach (var route in routes)
        {
            left.ExceptWith(Of(route));
            if (left.Count == 0)
                break;
        }

        return [.. left];
    }

    private static IEnumerable<ModelUse> Of(EndpointRoute route) =>
        route.Variants.Concat((route.Shadows ?? []).Select(shadow => shadow.Variant))
            .SelectMany(variant => variant.Replicas.Select(worker => new ModelUse(variant.Model, worker)));
}
