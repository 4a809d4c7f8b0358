namespace AiFactory.Domain.Statistics;

/// <summary>Brings a column to mean 0 and standard deviation 1.</summary>
/// <param name="Mean">Of the values it was fitted to; 0 when there were none.</param>
/// <param name="Scale">Their population standard deviation (division by n); 1 for a constant column.</param>
public sealed record Standardiser(double Mean, double Scale)
{
    private const double Epsilon = 2.220446049250313e-16;

    /// <summary>Fits to the values at the given rows; NaN is missing and left out.</summary>
    public static Standardiser Fit(ReadOnlySpan<float> values, ReadOnlySpan<int> rows)
    {
        long count = 0;
        double sum = 0;
        foreach (var row in rows)
        {
            if (!float.IsNaN(values[row]))
            {
                sum += values[row];
                count++;
            }
        }

        if (count == 0)
        {
            return new(0, 1);
        }

        var mean = sum / count;
        double squares = 0;
        double deviations = 0;
        foreach (var row in rows)
        {
            if (!float.IsNaN(values[row]))
            {
                var deviation = values[row] - mean;
                squares += deviation * deviation;
                deviations += deviation;
            }
        }

        // Two passes with the rounding error of the mean taken out (Chan, Golub and LeVeque, 1983).
        var variance = (squares - (deviations * deviations / count)) / count;
        var rounding = (count * Epsilon * variance) + Math.Pow(count * mean * Epsilon, 2);
        return new(mean, variance <= rounding ? 1 : Math.Sqrt(variance));
    }

    /// <summary>The value in standard deviations from the mean; NaN stays NaN.</summary>
    public double Apply(double value) => (value - Mean) / Scale;
}
