namespace AiFactory.Cli.Decisions;

/// <summary>How long requests took, as the client saw it, in milliseconds.</summary>
internal sealed record LatencySummary(double P50, double P95, double P99, double Max)
{
    /// <summary>Nearest-rank percentiles of at least one latency in milliseconds.</summary>
    public static LatencySummary Of(IEnumerable<double> milliseconds)
    {
        var sorted = milliseconds.Order().ToArray();
        double Percentile(double p) => sorted[Math.Max(0, (int)Math.Ceiling(p * sorted.Length) - 1)];
        return new(Percentile(0.50), Percentile(0.95), Percentile(0.99), sorted[^1]);
    }
}
