using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Shadows;

namespace AiFactory.Domain.Traffic;

/// <summary>What one gateway saw of an endpoint between two reports.</summary>
/// <param name="Gateway">Name of the gateway's silo.</param>
/// <param name="Sequence">Grows with every report of a gateway while it runs, so that a report told twice counts once.</param>
/// <param name="Seconds">Time the report covers.</param>
/// <param name="Run">Names the gateway's life from one start to its end: another run counts anew, whatever its clock says.</param>
/// <param name="Shadows">What came of mirroring, by shadow and variant; null: nothing was mirrored.</param>
public sealed record TrafficReport(
    string Gateway, long Sequence, double Seconds, IReadOnlyList<VariantTraffic> Variants, string Run = "", IReadOnlyList<ShadowTraffic>? Shadows = null);

/// <summary>Requests that one variant ended in that time.</summary>
/// <param name="Requests">Answered or failed; those that the caller gave up and those refused for the caller's own fault are not in it.</param>
/// <param name="Errors">Failed for the factory's or the model's fault, timeouts included.</param>
/// <param name="LatencySum">Seconds from arrival to record, over the answered.</param>
/// <param name="LatencySquares">Of the same, squared.</param>
/// <param name="LatencyMax">Longest of them, in seconds.</param>
/// <param name="QueueSum">Seconds that rows waited, in gateway and worker, before their batch began; over the answered.</param>
/// <param name="QueueMax">Longest of them, in seconds.</param>
/// <param name="Active">Replicas that the gateway spread the requests over.</param>
/// <param name="Cached">Requests given an answer again, which are not among <paramref name="Requests"/>.</param>
/// <param name="Latencies">The answered by latency, see <see cref="LatencyBuckets"/>; null: not told.</param>
/// <param name="Breaker">Its phase when told; over several gateways the worst.</param>
/// <param name="P50">Median latency in seconds; only in sums, and null while nothing was answered.</param>
/// <param name="P99">99th percentile of latency in seconds, likewise.</param>
public sealed record VariantTraffic(
    string Variant,
    long Requests,
    long Errors,
    double LatencySum,
    double LatencySquares,
    double LatencyMax,
    double QueueSum,
    double QueueMax,
    int Active,
    long Cached = 0,
    IReadOnlyList<long>? Latencies = null,
    BreakerPhase Breaker = BreakerPhase.Quiet,
    double? P50 = null,
    double? P99 = null)
{
    /// <summary>Both together; of the same variant. Of the breaker, the worse phase; no percentiles.</summary>
    public static VariantTraffic Add(VariantTraffic a, VariantTraffic b) => new(
        a.Variant,
        a.Requests + b.Requests,
        a.Errors + b.Errors,
        a.LatencySum + b.LatencySum,
        a.LatencySquares + b.LatencySquares,
        Math.Max(a.LatencyMax, b.LatencyMax),
        a.QueueSum + b.QueueSum,
        Math.Max(a.QueueMax, b.QueueMax),
        Math.Max(a.Active, b.Active),
        a.Cached + b.Cached,
        LatencyBuckets.Add(a.Latencies, b.Latencies),
        (BreakerPhase)Math.Max((int)a.Breaker, (int)b.Breaker));
}
