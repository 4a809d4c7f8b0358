namespace AiFactory.Domain.Traffic;

/// <summary>What one gateway saw of an endpoint between two reports.</summary>
/// <param name="Gateway">Name of the gateway's silo.</param>
/// <param name="Sequence">Grows with every report of a gateway while it runs, so that a report told twice counts once.</param>
/// <param name="Seconds">Time the report covers.</param>
/// <param name="Run">Names the gateway's life from one start to its end: another run counts anew, whatever its clock says.</param>
public sealed record TrafficReport(string Gateway, long Sequence, double Seconds, IReadOnlyList<VariantTraffic> Variants, string Run = "");

/// <summary>Requests that one variant, live or shadow, ended in that time.</summary>
/// <param name="Requests">Answered or failed; those that the caller gave up and those refused for the caller's own fault are not in it.</param>
/// <param name="Errors">Failed for the factory's or the model's fault, timeouts included.</param>
/// <param name="LatencySum">Seconds from arrival to record, over the answered.</param>
/// <param name="LatencySquares">Of the same, squared.</param>
/// <param name="LatencyMax">Longest of them, in seconds.</param>
/// <param name="QueueSum">Seconds that rows waited, in gateway and worker, before their batch began; over the answered.</param>
/// <param name="QueueMax">Longest of them, in seconds.</param>
/// <param name="Active">Replicas that the gateway spread the requests over.</param>
public sealed record VariantTraffic(
    string Variant,
    long Requests,
    long Errors,
    double LatencySum,
    double LatencySquares,
    double LatencyMax,
    double QueueSum,
    double QueueMax,
    int Active)
{
    /// <summary>Both together; of the same variant.</summary>
    public static VariantTraffic Add(VariantTraffic a, VariantTraffic b) => new(
        a.Variant,
        a.Requests + b.Requests,
        a.Errors + b.Errors,
        a.LatencySum + b.LatencySum,
        a.LatencySquares + b.LatencySquares,
        Math.Max(a.LatencyMax, b.LatencyMax),
        a.QueueSum + b.QueueSum,
        Math.Max(a.QueueMax, b.QueueMax),
        Math.Max(a.Active, b.Active));
}
