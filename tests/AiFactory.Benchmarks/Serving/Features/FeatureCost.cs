using System.Globalization;

namespace AiFactory.Benchmarks.Serving.Features;

/// <summary>A way to ask a server, and what is on in it meanwhile.</summary>
/// <param name="Way">One of the constants of <see cref="FeatureServer"/>.</param>
internal sealed record FeatureSide(string Way, FeatureState State);

/// <param name="What">What the feature does for a request.</param>
internal sealed record Feature(string Name, string What, FeatureSide On, FeatureSide Off);

/// <summary>What a feature costs.</summary>
/// <param name="On">Processor time of a request in each round with it, in us.</param>
/// <param name="Off">In the round beside it, without.</param>
internal sealed record FeatureCost(Feature Feature, IReadOnlyList<double> On, IReadOnlyList<double> Off)
{
    public const string All = "all";

    private double[] Differences { get; } = [.. On.Zip(Off, (with, without) => with - without).Order()];

    /// <summary>In us a request.</summary>
    public double Median => Medians.Of(Differences);

    public string Line => string.Create(CultureInfo.InvariantCulture,
        $"  {Feature.Name,-10}{Median,6:F2} us a request (quartiles {Quantile(0.25):F2} to {Quantile(0.75):F2})  with {Medians.Of(On):F2}, without {Medians.Of(Off):F2}, x{Medians.Of(On.Zip(Off, (with, without) => with / without)):F3}  {Feature.What}");

    private double Quantile(double share)
    {
        var at = share * (Differences.Length - 1);
        var (low, part) = ((int)at, at - Math.Floor(at));
        return Differences[low] + (part * (Differences[Math.Min(low + 1, Differences.Length - 1)] - Differences[low]));
    }
}
