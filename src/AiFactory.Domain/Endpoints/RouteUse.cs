using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Endpoints;

/// <summary>A model version in a worker's memory, because a route leads there.</summary>
public readonly record struct ModelUse(ModelVersionKey Model, WorkerKey Worker);

/// <summary>What routes keep in the workers' memory.</summary>
public static class RouteUse
{
    /// <summary>What an endpoint's route used in the earlier table, and no route of the later one uses.</summary>
    public static IReadOnlyList<ModelUse> Ended(RoutingTable before, RoutingTable after, string endpoint)
    {
        var used = before.Routes.Where(route => route.Endpoint == endpoint).SelectMany(Of).ToHashSet();
        return used.Count == 0 ? [] : Unused(after, used);
    }

    /// <summary>Those of the uses that no route of the table needs.</summary>
    public static IReadOnlyList<ModelUse> Unused(RoutingTable table, IEnumerable<ModelUse> uses)
    {
        var left = uses.ToHashSet();
        foreach (var route in table.Routes)
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
