using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Traffic;

namespace AiFactory.Domain.Tests.Traffic;

public sealed class LatencyBucketsTests
{
    [Fact]
    public void Of_EveryLatency_FallsIntoTheBucketThatHoldsIt()
    {
        for (var microseconds = 0L; microseconds < 1L << 26; microseconds = (microseconds * 9 / 8) + 1)
        {
            var bucket = LatencyBuckets.Of(microseconds);
            Assert.InRange(microseconds, LatencyBuckets.From(bucket), LatencyBuckets.From(bucket + 1) - 1);
        }

        Assert.Equal((0, LatencyBuckets.Count - 1, LatencyBuckets.Count - 1), (LatencyBuckets.Of(-5), LatencyBuckets.Of(1L << 26), LatencyBuckets.Of(long.MaxValue)));
    }

    [Fact]
    public void Quantile_OfThousand_IsWithinAnEighth()
    {
        var counts = new long[LatencyBuckets.Count];
        for (var i = 1; i <= 1000; i++)
        {
            counts[LatencyBuckets.Of(i * 100)]++;
        }

        Assert.InRange(LatencyBuckets.Quantile(counts, 0.5)!.Value, 0.050 * 7 / 8, 0.050 * 9 / 8);
        Assert.InRange(LatencyBuckets.Quantile(counts, 0.99)!.Value, 0.099 * 7 / 8, 0.099 * 9 / 8);
        Assert.InRange(LatencyBuckets.Quantile(counts, 1)!.Value, 0.1 * 7 / 8, 0.1 * 9 / 8);
        Assert.Null(LatencyBuckets.Quantile([0, 0], 0.5));
        Assert.Null(LatencyBuckets.Quantile(null, 0.5));
    }

    [Fact]
    public void Add_OfUnequalLength_SumsBucketByBucket()
    {
        Assert.Equal([3, 2, 5], LatencyBuckets.Add([1, 2, 5], [2]));
        Assert.Equal([1], LatencyBuckets.Add(null, [1]));
        Assert.Null(LatencyBuckets.Add(null, null));
    }

    [Fact]
    public void Sum_BreakersOfTwoGateways_AreAsToldLastAndTheWorst()
    {
        var window = new TrafficWindow(TimeSpan.FromSeconds(30));
        window.Add(Report("g1", 1, BreakerPhase.Open), TimeSpan.Zero);
        window.Add(Report("g2", 1, BreakerPhase.Counting), TimeSpan.Zero);
        Assert.Equal(BreakerPhase.Open, window.Sum("e", TimeSpan.Zero).Variants.Single().Breaker);

        window.Add(Report("g1", 2, BreakerPhase.Quiet), TimeSpan.Zero);
        var sum = window.Sum("e", TimeSpan.Zero).Variants.Single();

        Assert.Equal((BreakerPhase.Counting, 6L), (sum.Breaker, sum.Cached));
        Assert.True(sum.P50 > 0 && sum.P99 >= sum.P50 && sum.Latencies is null);
    }

    private static TrafficReport Report(string gateway, long sequence, BreakerPhase breaker) => new(gateway, sequence, 1, [new("a", 1, 0, 0, 0, 0, 0, 0, 1, 2, [0, 0, 0, 1], breaker)]);
}
