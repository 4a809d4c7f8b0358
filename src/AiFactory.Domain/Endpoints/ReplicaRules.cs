using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Endpoints;

/// <summary>The workers there are, as placement sees them.</summary>
/// <param name="Settled">Whether every silo that is there has had time to report: a worker not among them is gone then, and may only be late before.</param>
public sealed record PoolView(IReadOnlyList<PooledWorker> Workers, bool Settled)
{
    /// <summary>Whether a route had better not lead to that worker any more.</summary>
    public bool IsGone(WorkerKey worker) => Workers.FirstOrDefault(known => known.Key == worker) is { } found ? found.Standing != WorkerStanding.Ready : Settled;
}

/// <summary>How routes follow the workers that come and go.</summary>
public static class ReplicaRules
{
    /// <summary>Workers that are to load a variant's model: those chosen that do not have it, up to the replicas there may be.</summary>
    /// <param name="present">Workers that the route leads to.</param>
    /// <param name="chosen">By placement, most wanted first.</param>
    /// <param name="max">Replicas of each variant; 0: all.</param>
    public static IReadOnlyList<WorkerKey> Newcomers(IReadOnlyList<WorkerKey> present, IReadOnlyList<WorkerKey> chosen, PoolView pool, int max)
    {
        var staying = present.Count(worker => !pool.IsGone(worker));
        var newcomers = chosen.Where(worker => !present.Contains(worker));
        return [.. max > 0 ? newcomers.Take(Math.Max(0, max - staying)) : newcomers];
    }

    /// <summary>
    /// The route with workers that are gone left out and others added, each variant's in the order it prefers; the same route when nothing changes. A
    /// variant keeps its workers where no other is there: one of them may come back before another.
    /// </summary>
    /// <param name="loaded">Workers that have each model by now.</param>
    public static EndpointRoute Follow(EndpointRoute route, PoolView pool, IReadOnlyDictionary<ModelVersionKey, IReadOnlyList<WorkerKey>> loaded)
    {
        VariantRoute[] variants = [.. route.Variants.Select(Next)];
        ShadowRoute[]? shadows = route.Shadows is { } present ? [.. present.Select(shadow => shadow with { Variant = Next(shadow.Variant) })] : null;
        var same = variants.Zip(route.Variants).All(pair => ReferenceEquals(pair.First, pair.Second))
            && (shadows ?? []).Zip(route.Shadows ?? []).All(pair => ReferenceEquals(pair.First.Variant, pair.Second.Variant));
        return same ? route : route with { Variants = variants, Shadows = shadows };

        VariantRoute Next(VariantRoute variant)
        {
            var staying = variant.Replicas.Where(worker => !pool.IsGone(worker));
            var added = loaded.GetValueOrDefault(variant.Model, []).Where(worker => !pool.IsGone(worker));
            var next = ReplicaOrder.Of(variant.Model, staying.Union(added));
            return next.Length == 0 || next.SequenceEqual(variant.Replicas) ? variant : variant with { Replicas = next };
        }
    }
}
