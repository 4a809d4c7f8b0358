using AiFactory.Domain.Training;

namespace AiFactory.Domain.Statistics;

/// <summary>A figure computed on rows weighted by how often a resample drew them; an empty span means every row once.</summary>
public delegate double WeightedStatistic(ReadOnlySpan<int> counts);

/// <summary>Percentile bootstrap (Efron, 1979): rows are drawn with replacement, and the middle of the resampled figures is the interval.</summary>
public static class Bootstrap
{
    private const ulong Stream = 0x424F_4F54_0000_0001;

    /// <summary>Estimates with two-sided 95% intervals, all on the same resamples.</summary>
    /// <param name="rows">Rows the statistics are computed on.</param>
    /// <param name="seed">Same seed, same interval, to the bit.</param>
    /// <param name="resamples">At least 1; figures that are NaN on a resample (one class only) are left out of the interval.</param>
    /// <returns>One estimate a statistic; its bounds are NaN when no resample gave a number.</returns>
    public static Estimate[] Intervals(int rows, int seed, ReadOnlySpan<WeightedStatistic> statistics, int resamples = 1000)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        var random = SeededRandom.Of(seed, Stream);
        var counts = new int[rows];
        var figures = new List<double>[statistics.Length];
        for (var s = 0; s < figures.Length; s++)
        {
            figures[s] = new(resamples);
        }

        for (var resample = 0; resample < resamples && rows > 0; resample++)
        {
            Array.Clear(counts);
            for (var draw = 0; draw < rows; draw++)
            {
                counts[random.Next(rows)]++;
            }

            for (var s = 0; s < statistics.Length; s++)
            {
                var figure = statistics[s](counts);
                if (!double.IsNaN(figure))
                {
                    figures[s].Add(figure);
                }
            }
        }

        var estimates = new Estimate[statistics.Length];
        for (var s = 0; s < estimates.Length; s++)
        {
            figures[s].Sort();
            estimates[s] = new(statistics[s]([]), Quantile(figures[s], 0.025), Quantile(figures[s], 0.975));
        }

        return estimates;
    }

    /// <summary>Linear interpolation between order statistics (Hyndman and Fan's type 7, numpy's default).</summary>
    private static double Quantile(List<double> sorted, double probability)
    {
        if (sorted.Count == 0)
        {
            return double.NaN;
        }

        var position = probability * (sorted.Count - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
