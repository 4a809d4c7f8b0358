namespace AiFactory.Benchmarks;

internal static class Medians
{
    /// <summary>The middle value; of an even count, the mean of the middle two.</summary>
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
