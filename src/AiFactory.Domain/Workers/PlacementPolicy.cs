using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Workers;

/// <summary>What is to be placed.</summary>
/// <param name="MemoryBytes">That it takes on a device; 0: not known, and it fits anywhere.</param>
/// <param name="Count">Workers wanted; 0: all that fit.</param>
public sealed record PlacementDemand(string What, PlacementTerms Terms, long MemoryBytes = 0, int Count = 0);

/// <summary>A worker that work may be placed on.</summary>
/// <param name="Runs">Training runs at work on it.</param>
public sealed record PlacementCandidate(PooledWorker Worker, int Runs = 0)
{
    public WorkerKey Key => Worker.Key;
}

/// <summary>
/// Chooses the workers that work is placed on: those whose device is of an allowed tier and model and has the memory. The same pool gives the same choice.
/// </summary>
public static class PlacementPolicy
{
    /// <summary>Where a variant's replicas go: in key order, as many as are asked for.</summary>
    public static Ruling<IReadOnlyList<WorkerKey>> Replicas(PlacementDemand demand, IEnumerable<PlacementCandidate> pool) =>
        Choose(demand, pool, static fitting => fitting.OrderBy(worker => worker.Key.ToGrainKey(), StringComparer.Ordinal));

    /// <summary>
    /// Where training shards go: idle workers before those that train already; among them spot before all other tiers, since a run goes on from its
    /// checkpoint when a device is taken away; then the cheapest.
    /// </summary>
    public static Ruling<IReadOnlyList<WorkerKey>> Shards(PlacementDemand demand, IEnumerable<PlacementCandidate> pool) =>
        Choose(demand, pool, static fitting => fitting
            .OrderBy(worker => worker.Runs)
            .ThenBy(worker => worker.Worker.Device.Tier == DeviceTier.Spot ? 0 : 1)
            .ThenBy(worker => worker.Worker.UsdPerHour)
            .ThenBy(worker => worker.Key.ToGrainKey(), StringComparer.Ordinal));

    private static Ruling<IReadOnlyList<WorkerKey>> Choose(
        PlacementDemand demand, IEnumerable<PlacementCandidate> pool, Func<IEnumerable<PlacementCandidate>, IEnumerable<PlacementCandidate>> order)
    {
        var ready = pool.Where(worker => worker.Worker.Standing == WorkerStanding.Ready).ToArray();
        var allowed = ready.Where(worker => demand.Terms.Allow(worker.Worker.Device)).ToArray();
        var fitting = allowed.Where(worker => demand.MemoryBytes == 0 || worker.Worker.ModelBytesMax == 0 || demand.MemoryBytes <= worker.Worker.ModelBytesMax).ToArray();
        var needed = Math.Max(1, demand.Count);
        if (fitting.Length >= needed)
        {
            var chosen = order(fitting).Select(worker => worker.Key);
            return Ruling.Of<IReadOnlyList<WorkerKey>>([.. demand.Count > 0 ? chosen.Take(demand.Count) : chosen]);
        }

        return Missing(demand, needed, ready, allowed, fitting.Length);
    }

    private static Refusal Missing(PlacementDemand demand, int needed, PlacementCandidate[] ready, PlacementCandidate[] allowed, int fitting)
    {
        if (ready.Length < needed)
        {
            return new Refusal("workers-too-few", RefusalKind.Unavailable, $"{demand.What} wants {needed} workers and {ready.Length} are ready.", demand.What,
                ready.Length == 0 ? "Wait until the factory's workers are up (factory worker list)." : "Ask for fewer, or give the factory more devices (factory worker list).");
        }

        if (allowed.Length < needed)
        {
            return new Refusal("placement-impossible", RefusalKind.Unprocessable, $"{demand.What} wants {needed} workers of {demand.Terms} and {allowed.Length} are ready.", demand.What,
                $"Ready are: {Kinds(ready)}.");
        }

        var largest = allowed.Max(worker => worker.Worker.ModelBytesMax);
        return new Refusal("memory-too-small", RefusalKind.Unprocessable,
            $"{demand.What} takes {demand.MemoryBytes} bytes on each of {needed} workers, and {fitting} have as much.", demand.What,
            $"The largest has {largest} bytes for models. Raise ModelMemoryBytesMax where there is memory, or add a device that holds {demand.MemoryBytes} bytes.");
    }

    private static string Kinds(IEnumerable<PlacementCandidate> workers) => string.Join(", ", workers
        .GroupBy(worker => $"{worker.Worker.Device.Model} ({worker.Worker.Device.Tier})")
        .OrderBy(kind => kind.Key, StringComparer.Ordinal)
        .Select(kind => $"{kind.Count()} x {kind.Key}"));
}
