using AiFactory.Domain.Training;

namespace AiFactory.Domain.Statistics;

/// <summary>Mean and unbiased variance of a sample, all that a Welch test needs of it.</summary>
/// <param name="Variance">With n - 1 below the line; 0 for fewer than two values.</param>
public readonly record struct Sample(long Count, double Mean, double Variance)
{
    /// <summary>A sample given by how often each value occurs.</summary>
    public static Sample Of(params ReadOnlySpan<(long Count, double Value)> cells)
    {
        long count = 0;
        double sum = 0;
        foreach (var cell in cells)
        {
            count += cell.Count;
            sum += cell.Count * cell.Value;
        }

        if (count == 0)
        {
            return default;
        }

        var mean = sum / count;
        double squares = 0;
        foreach (var cell in cells)
        {
            squares += cell.Count * (cell.Value - mean) * (cell.Value - mean);
        }

        return new Sample(count, mean, count < 2 ? 0 : squares / (count - 1));
    }
}

/// <summary>95% intervals.</summary>
public static class Intervals
{
    private const double Alpha = 0.05;

    /// <summary>Wilson's score interval for a proportion (Wilson 1927), <paramref name="count"/> &gt; 0.</summary>
    public static Estimate Wilson(long hits, long count)
    {
        double n = count;
        var share = hits / n;
        var z2 = Normal.Z95 * Normal.Z95;
        var centre = (share + (z2 / (2 * n))) / (1 + (z2 / n));
        var half = Normal.Z95 * Math.Sqrt((share * (1 - share) / n) + (z2 / (4 * n * n))) / (1 + (z2 / n));
        return new Estimate(share, Math.Max(0, centre - half), Math.Min(1, centre + half));
    }

    /// <summary>Student's interval for a mean; null for fewer than two values.</summary>
    public static Estimate? Mean(Sample sample)
    {
        if (sample.Count < 2)
        {
            return null;
        }

        var half = StudentT.TwoSidedQuantile(Alpha, sample.Count - 1) * Math.Sqrt(sample.Variance / sample.Count);
        return new Estimate(sample.Mean, sample.Mean - half, sample.Mean + half);
    }

    /// <summary>
    /// Difference of two means with its interval and two-sided p-value (Welch 1947, degrees of freedom by Satterthwaite); null for fewer than two values in either.
    /// Two samples without any variance differ certainly or not at all.
    /// </summary>
    public static (Estimate Difference, double P)? Welch(Sample baseline, Sample other)
    {
        if (baseline.Count < 2 || other.Count < 2)
        {
            return null;
        }

        var difference = other.Mean - baseline.Mean;
        var (a, b) = (baseline.Variance / baseline.Count, other.Variance / other.Count);
        if (a + b == 0)
        {
            return (new Estimate(difference, difference, difference), difference == 0 ? 1 : 0);
        }

        var degrees = (a + b) * (a + b) / ((a * a / (baseline.Count - 1)) + (b * b / (other.Count - 1)));
        var error = Math.Sqrt(a + b);
        var half = StudentT.TwoSidedQuantile(Alpha, degrees) * error;
        return (new Estimate(difference, difference - half, difference + half), StudentT.TwoSidedP(difference / error, degrees));
    }

    /// <summary>
    /// Difference of two means with an interval and a two-sided p-value that hold however often one looks (<see cref="SequentialTest"/>); null for fewer than
    /// <see cref="SequentialTest.SampleMin"/> values in either, and without any variance: a sequence that has not varied yet is no proof that it never will.
    /// </summary>
    public static (Estimate Difference, double P)? AnyTime(Sample baseline, Sample other)
    {
        if (baseline.Count < SequentialTest.SampleMin || other.Count < SequentialTest.SampleMin)
        {
            return null;
        }

        var squaredError = (baseline.Variance / baseline.Count) + (other.Variance / other.Count);
        if (squaredError == 0)
        {
            return null;
        }

        var difference = other.Mean - baseline.Mean;
        var half = SequentialTest.HalfWidth(squaredError, baseline.Count + other.Count, Alpha);
        return (new Estimate(difference, difference - half, difference + half), SequentialTest.P(difference, squaredError, baseline.Count + other.Count, Alpha));
    }
}
