using AiFactory.Domain.Datasets;
using CsCheck;

namespace AiFactory.Domain.Tests.Datasets;

public sealed class ValueDistributionTests
{
    // numpy.quantile([1, 2, 2, 2, 3, 5, 8, 8], [0, .1, .25, .5, .9, 1])
    [Fact]
    public void Quantiles_CountedValues_AreThoseOfNumPy()
    {
        var quantiles = ValueDistribution.Quantiles([(1, 1), (2, 3), (3, 1), (5, 1), (8, 2)], [0, 0.1, 0.25, 0.5, 0.9, 1]);
        Assert.Equal([1, 1.7, 2, 2.5, 8, 8], quantiles.Select(value => Math.Round(value, 12)));
    }

    // numpy.mean and numpy.std(ddof=1) of the same values
    [Fact]
    public void Moments_CountedValues_AreThoseOfNumPy()
    {
        var (mean, deviation) = ValueDistribution.Moments([(1, 1), (2, 3), (3, 1), (5, 1), (8, 2)]);
        Assert.Equal(3.875, mean, 12);
        Assert.Equal(2.799872446, deviation!.Value, 8);
    }

    [Fact]
    public void Moments_OneValue_HasNoDeviation() => Assert.Equal((7, null), ValueDistribution.Moments([(7, 1)]));

    [Fact]
    public void Histogram_AnyValues_CountsEachOnce() =>
        Gen.Select(Gen.Double[-1e9, 1e9], Gen.Long[1, 100]).List[1, 50].Sample(drawn =>
        {
            var values = drawn.DistinctBy(pair => pair.Item1).OrderBy(pair => pair.Item1).Select(pair => (pair.Item1, pair.Item2)).ToList();
            var bins = ValueDistribution.Histogram(values);
            return bins.Sum(bin => bin.Count) == values.Sum(pair => pair.Item2) && bins[0].From == values[0].Item1 && bins[^1].To == values[^1].Item1;
        });

    [Fact]
    public void Histogram_OneValue_IsOneBin() => Assert.Equal(new HistogramBin(4, 4, 9), Assert.Single(ValueDistribution.Histogram([(4, 9)])));

    [Fact]
    public void Histogram_WidestRange_StaysFinite() =>
        Assert.All(ValueDistribution.Histogram([(-double.MaxValue, 1), (double.MaxValue, 1)]), bin => Assert.True(double.IsFinite(bin.From) && double.IsFinite(bin.To)));
}
