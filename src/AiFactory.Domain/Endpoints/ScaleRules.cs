using AiFactory.Domain.Traffic;

namespace AiFactory.Domain.Endpoints;

/// <summary>What scaling remembers of a variant. Times are of one clock that never goes back.</summary>
/// <param name="HotReports">Reports in a row with too long a queue.</param>
/// <param name="HotSince">When the first of them came.</param>
/// <param name="BusyAt">When the queue was last too long for fewer replicas; null: not seen yet.</param>
/// <param name="ChangedAt">When the number of replicas last changed.</param>
public sealed record ScaleMemory(int HotReports = 0, TimeSpan? HotSince = null, TimeSpan? BusyAt = null, TimeSpan? ChangedAt = null)
{
    public static readonly ScaleMemory Empty = new();
}

/// <param name="Active">Replicas that are to share the load from now on.</param>
public sealed record ScaleDecision(ScaleMemory Memory, int Active);

/// <summary>
/// How many replicas share a variant's load. More when requests wait on average for longer than a third of the endpoint's objective, report after report;
/// fewer, one at a time, after a minute in which they waited for less than a thirtieth. Between the two, and for a while after a change, all stays as it is.
/// </summary>
public static class ScaleRules
{
    /// <summary>Share of the objective that the mean queue time may take.</summary>
    public const double HotShare = 1.0 / 3;

    /// <summary>Share of the objective below which the mean queue time is that of a calm variant.</summary>
    public const double CalmShare = 1.0 / 30;

    /// <summary>Hot reports in a row before replicas are added.</summary>
    public const int HotReportsMin = 3;

    /// <summary>Time that those have to span, so that several gateways' reports of one second are not taken for several seconds'.</summary>
    public static readonly TimeSpan HotTime = TimeSpan.FromSeconds(1.5);

    /// <summary>Time after a change in which reports may still be of the time before it.</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(5);

    /// <summary>Calm time before a replica stands by again.</summary>
    public static readonly TimeSpan CalmTime = TimeSpan.FromSeconds(60);

    /// <param name="active">Replicas that share the load at present, at least 1.</param>
    /// <param name="traffic">What a gateway saw of late; null: nothing was asked of late.</param>
    public static ScaleDecision Decide(ReplicaBounds bounds, int active, ScaleMemory memory, VariantTraffic? traffic, double objectiveMs, TimeSpan now)
    {
        var max = bounds.Max == 0 ? int.MaxValue : bounds.Max;
        if (active < bounds.Min || active > max)
            return Change(Math.Clamp(active, bounds.Min, max), now);
        if (now - memory.ChangedAt < SettleTime)
            return new(memory, active);

        var share = Share(traffic, objectiveMs);
        if (share > HotShare)
            return Hot(active, max, memory, share, now);
        memory = memory with { HotReports = 0, HotSince = null, BusyAt = share > CalmShare ? now : memory.BusyAt ?? now };
        return active > bounds.Min && now - memory.BusyAt >= CalmTime && now - (memory.ChangedAt ?? memory.BusyAt) >= CalmTime
            ? Change(active - 1, now)
            : new(memory, active);
    }

    private static ScaleDecision Hot(int active, int max, ScaleMemory memory, double share, TimeSpan now)
    {
        memory = memory with { HotReports = memory.HotReports + 1, HotSince = memory.HotSince ?? now, BusyAt = now };
        if (active >= max || memory.HotReports < HotReportsMin || now - memory.HotSince < HotTime)
            return new(memory, active);

        // Where requests wait for longer than they may take at all, one more will hardly do.
        return Change((int)Math.Min(max, share > 1 ? 2L * active : active + 1L), now);
    }

    private static ScaleDecision Change(int active, TimeSpan now) => new(new ScaleMemory(BusyAt: now, ChangedAt: now), active);

    private static double Share(VariantTraffic? traffic, double objectiveMs) =>
        traffic is { Requests: var requests, Errors: var errors } && requests > errors ? traffic.QueueSum / (requests - errors) * 1000 / objectiveMs : 0;
}
