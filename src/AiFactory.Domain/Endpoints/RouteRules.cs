using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Endpoints;

/// <summary>How a deployed endpoint becomes the route that gateways follow.</summary>
public static class RouteRules
{
    private const double Percent = 100;

    /// <summary>Lays the variants' shares end to end over [0, 1), in declared order.</summary>
    /// <param name="models">Model versions in variant order.</param>
    /// <param name="replicas">Workers that loaded each variant's model, in variant order.</param>
    /// <param name="shadows">Model versions in shadow order; null: none.</param>
    /// <param name="shadowReplicas">Workers that loaded each shadow's model, in shadow order.</param>
    public static EndpointRoute Build(
        Endpoint endpoint,
        IReadOnlyList<ModelVersion> models,
        IReadOnlyList<IReadOnlyList<WorkerKey>> replicas,
        IReadOnlyList<ModelVersion>? shadows = null,
        IReadOnlyList<IReadOnlyList<WorkerKey>>? shadowReplicas = null)
    {
        var variants = new VariantRoute[endpoint.Spec.Variants.Count];
        // One device's batches are larger than two devices' batches: more share the load only once it is too much for those that do.
        var active = (endpoint.Spec.Serving?.Replicas ?? new ReplicaBounds()).Min;
        var shares = Shares(endpoint.Spec.Variants);
        for (var i = 0; i < variants.Length; i++)
        {
            var variant = endpoint.Spec.Variants[i];
            variants[i] = new VariantRoute(
                variant.Name, variant.Model, shares[i].From, shares[i].To, models[i].Signature, models[i].Classes, ReplicaOrder.Of(variant.Model, replicas[i]), active);
        }

        return new EndpointRoute(endpoint.Name, endpoint.Revision, endpoint.Salt, endpoint.Spec.KeyField, endpoint.Spec.Durability, variants, endpoint.Spec.Economy,
            endpoint.Spec.Serving, Shadows(endpoint.Spec, shadows ?? [], shadowReplicas ?? []), endpoint.Generation, endpoint.Suspended);
    }

    /// <summary>Replicas that share each variant's load.</summary>
    public static IReadOnlyDictionary<string, int> Active(EndpointRoute route) => route.Variants.ToDictionary(
        variant => variant.Name, variant => variant.Active > 0 ? Math.Min(variant.Active, variant.Replicas.Count) : variant.Replicas.Count, StringComparer.Ordinal);

    /// <summary>The route of the same variants and workers for the endpoint as it stands now.</summary>
    public static EndpointRoute Follow(EndpointRoute route, Endpoint endpoint)
    {
        var shares = Shares(endpoint.Spec.Variants);
        return route with
        {
            Generation = endpoint.Generation,
            Suspended = endpoint.Suspended,
            Variants = [.. route.Variants.Select((variant, i) => variant with { From = shares[i].From, To = shares[i].To })],
        };
    }

    /// <summary>The route with so many of a variant's replicas sharing the load, at least 1; the same route when nothing changes or it has no such variant.</summary>
    /// <param name="active">0: all.</param>
    public static EndpointRoute Scale(EndpointRoute route, string variant, int active)
    {
        var present = route.Variants.FirstOrDefault(candidate => candidate.Name == variant);
        if (present is null)
            return route;
        var wanted = Math.Clamp(active, 0, present.Replicas.Count);
        return wanted == present.Active
            ? route
            : route with { Variants = [.. route.Variants.Select(other => other.Name == variant ? other with { Active = wanted } : other)] };
    }

    // One replica is enough for what nobody waits for; the others stand by.
    private static ShadowRoute[]? Shadows(EndpointSpec spec, IReadOnlyList<ModelVersion> models, IReadOnlyList<IReadOnlyList<WorkerKey>> replicas) => models.Count == 0
        ? null
        : [.. spec.Shadows!.Select((shadow, i) => new ShadowRoute(
            new VariantRoute(shadow.Name, shadow.Model, From: 0, To: 0, models[i].Signature, models[i].Classes, ReplicaOrder.Of(shadow.Model, replicas[i]), Active: 1), shadow.Percent))];

    private static (double From, double To)[] Shares(IReadOnlyList<VariantSpec> variants)
    {
        var shares = new (double From, double To)[variants.Count];
        var weightBefore = 0.0;
        for (var i = 0; i < shares.Length; i++)
        {
            var weightAfter = weightBefore + variants[i].Weight;
            // The last share ends at 1 whatever the rounding, or a unit could fall between all variants.
            shares[i] = (weightBefore / Percent, i == shares.Length - 1 ? 1.0 : weightAfter / Percent);
            weightBefore = weightAfter;
        }

        return shares;
    }
}
