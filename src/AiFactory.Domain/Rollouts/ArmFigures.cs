using AiFactory.Domain.Traffic;

namespace AiFactory.Domain.Rollouts;

/// <summary>
/// Running sums of a metric whose values come in clusters, one a report. What happens to one request of a second often happens to the others of it, so
/// that clusters tell the truth about the error of a mean where single values flatter it.
/// </summary>
/// <param name="Clusters">0 where values came one by one.</param>
/// <param name="ClusterCounts">Sum of squared counts.</param>
/// <param name="ClusterProducts">Sum of counts times sums.</param>
/// <param name="ClusterSquares">Sum of squared sums.</param>
public sealed record Moments(
    long Count = 0, double Sum = 0, double Squares = 0, long Clusters = 0, double ClusterCounts = 0, double ClusterProducts = 0, double ClusterSquares = 0)
{
    public static readonly Moments None = new();

    /// <summary>With a cluster of values.</summary>
    public Moments Add(long count, double sum, double squares) => count == 0
        ? this
        : new(Count + count, Sum + sum, Squares + squares, Clusters + 1, ClusterCounts + ((double)count * count), ClusterProducts + (count * sum), ClusterSquares + (sum * sum));

    /// <summary>Without the values that were there before.</summary>
    public Moments Since(Moments before) => new(Count - before.Count, Sum - before.Sum, Squares - before.Squares);

    /// <summary>0 when there are no values.</summary>
    public double Mean() => Count == 0 ? 0 : Sum / Count;

    /// <summary>Squared standard error of the mean: by values or by clusters (a ratio estimator), whichever is larger.</summary>
    /// <param name="least">Variance of a value below which none is believed.</param>
    public double SquaredError(double least = 0)
    {
        var mean = Mean();
        var variance = Count < 2 ? 0 : Math.Max(0, Squares - (Count * mean * mean)) / (Count - 1);
        var byValues = Math.Max(variance, least) / Count;
        if (Clusters < 2)
            return byValues;
        var spread = Math.Max(0, ClusterSquares - (2 * mean * ClusterProducts) + (mean * mean * ClusterCounts));
        return Math.Max(byValues, spread / ((double)Count * Count) * Clusters / (Clusters - 1));
    }
}

/// <summary>One side of a comparison, from traffic reports.</summary>
/// <param name="Errors">1 for each failed request, 0 for each answered.</param>
/// <param name="Latency">Seconds.</param>
public sealed record ArmFigures(Moments Errors, Moments Latency)
{
    public static readonly ArmFigures None = new(Moments.None, Moments.None);

    public ArmFigures Add(VariantTraffic traffic) => new(
        Errors.Add(traffic.Requests, traffic.Errors, traffic.Errors),
        Latency.Add(traffic.Requests - traffic.Errors, traffic.LatencySum, traffic.LatencySquares));
}

/// <summary>Outcome figures of both sides.</summary>
public sealed record OutcomeFigures(Moments BaselineAccuracy, Moments CandidateAccuracy, Moments BaselineValue, Moments CandidateValue)
{
    public OutcomeFigures Since(OutcomeFigures before) => new(
        BaselineAccuracy.Since(before.BaselineAccuracy),
        CandidateAccuracy.Since(before.CandidateAccuracy),
        BaselineValue.Since(before.BaselineValue),
        CandidateValue.Since(before.CandidateValue));
}
