namespace AiFactory.Domain.Datasets;

/// <summary>Figures of a numeric column from the count of each of its distinct values; exact.</summary>
public static class ValueDistribution
{
    /// <summary>Where <see cref="ColumnProfile.Quantiles"/> are taken.</summary>
    public static readonly IReadOnlyList<double> Probabilities = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    /// <summary>Bins of <see cref="ColumnProfile.Histogram"/>.</summary>
    public const int HistogramBins = 20;

    /// <summary>
    /// Quantiles by linear interpolation between order statistics (Hyndman and Fan 1996, type 7; the default of R and NumPy).
    /// </summary>
    /// <param name="values">Distinct values, ascending, with positive counts; not empty.</param>
    public static double[] Quantiles(IReadOnlyList<(double Value, long Count)> values, IReadOnlyList<double> probabilities)
    {
        var cumulative = new long[values.Count];
        long total = 0;
        for (var i = 0; i < values.Count; i++) cumulative[i] = total += values[i].Count;

        return probabilities.Select(probability =>
        {
            var position = probability * (total - 1);
            var low = OrderStatistic((long)Math.Floor(position));
            var high = OrderStatistic((long)Math.Ceiling(position));
            return low + ((high - low) * (position - Math.Floor(position)));
        }).ToArray();

        double OrderStatistic(long rank)
        {
            var index = Array.BinarySearch(cumulative, rank + 1);
            return values[index < 0 ? ~index : index].Value;
        }
    }

    /// <summary>Mean, and standard deviation with n - 1; null for a single value. Updated value by value, so sums do not cancel (West 1979).</summary>
    /// <inheritdoc cref="Quantiles" path="/param[@name='values']"/>
    public static (double Mean, double? StandardDeviation) Moments(IReadOnlyList<(double Value, long Count)> values)
    {
        double mean = 0, squares = 0;
        long total = 0;
        foreach (var (value, count) in values)
        {
            total += count;
            var before = value - mean;
            mean += before * count / total;
            squares += before * count * (value - mean);
        }

        return (mean, total > 1 ? Math.Sqrt(squares / (total - 1)) : null);
    }

    /// <summary>Bins of equal width from the smallest to the largest value; one bin when all values are the same.</summary>
    /// <inheritdoc cref="Quantiles" path="/param[@name='values']"/>
    public static HistogramBin[] Histogram(IReadOnlyList<(double Value, long Count)> values)
    {
        double low = values[0].Value, high = values[^1].Value;
        var counts = new long[low == high ? 1 : HistogramBins];
        foreach (var (value, count) in values) counts[BinOf(value, low, high)] += count;
        return Bins(low, high, counts);
    }

    /// <summary>Names the edges of counted bins.</summary>
    public static HistogramBin[] Bins(double low, double high, IReadOnlyList<long> counts)
    {
        // Not low + (high - low) * share: the width of the widest ranges overflows.
        double Edge(int index) => (low * ((double)(counts.Count - index) / counts.Count)) + (high * ((double)index / counts.Count));
        return counts.Select((count, index) => new HistogramBin(Edge(index), Edge(index + 1), count)).ToArray();
    }

    private static int BinOf(double value, double low, double high) =>
        low == high ? 0 : Math.Min(HistogramBins - 1, (int)(((value / 2) - (low / 2)) / ((high / 2) - (low / 2)) * HistogramBins));
}
