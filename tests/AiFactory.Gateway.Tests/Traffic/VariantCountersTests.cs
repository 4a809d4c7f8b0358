using AiFactory.Domain.Traffic;

namespace AiFactory.Gateway.Traffic;

public sealed class VariantCountersTests
{
    [Fact]
    public void Take_AnsweredAndFailed_SumsSinceLastTake()
    {
        var counters = new VariantCounters();
        counters.Answered(2_000_000, 500_000);
        counters.Answered(1_000_000, 250_000);
        counters.Failed();

        Assert.Equal(new("a", 3, 1, 3, 5, 2, 0.75, 0.5, 4), counters.Take("a", 4)! with { Latencies = null });
        Assert.Null(counters.Take("a", 4));

        counters.Answered(500_000, 0);
        Assert.Equal(new("a", 1, 0, 0.5, 0.25, 0.5, 0, 0, 1), counters.Take("a", 1)! with { Latencies = null });
    }

    [Fact]
    public void Take_LatenciesAndGivenAnswers_AreCountedSinceLastTake()
    {
        var counters = new VariantCounters();
        counters.Answered(3, 0);
        counters.Answered(100_000, 0);
        counters.Cached();

        var first = counters.Take("a", 1)!;
        counters.Answered(3, 0);
        var second = counters.Take("a", 1)!;

        Assert.Equal((2L, 1L, 2L), (first.Requests, first.Cached, first.Latencies!.Sum()));
        Assert.Equal((1L, 1L), (first.Latencies![3], first.Latencies[LatencyBuckets.Of(100_000)]));
        Assert.Equal((0L, 4, 1L), (second.Cached, second.Latencies!.Count, second.Latencies[3]));
    }

    [Fact]
    public void Take_SquaresBeyondTheirRange_ComeOutRight()
    {
        var counters = new VariantCounters();
        for (var second = 0; second < 3; second++)
        {
            for (var i = 0; i < 800; i++)
            {
                counters.Answered(60_000_000, 0);
            }

            // 800 x 3.6e15 a second: beyond 63 bits in the fourth second.
            Assert.Equal(800 * 3600.0, counters.Take("a", 1)!.LatencySquares, 3);
        }

        for (var i = 0; i < 800; i++)
        {
            counters.Answered(60_000_000, 0);
        }

        Assert.Equal(800 * 3600.0, counters.Take("a", 1)!.LatencySquares, 3);
    }

    [Fact]
    public async Task Answered_ManyThreads_LosesNone()
    {
        var counters = new VariantCounters();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () =>
            {
                for (var i = 0; i < 25_000; i++)
                {
                    counters.Answered(1, 1);
                    counters.Failed();
                }
            },
            TestContext.Current.CancellationToken)));

        var taken = counters.Take("a", 1)!;
        Assert.Equal((200_000, 100_000, 0.1), (taken.Requests, taken.Errors, Math.Round(taken.LatencySum, 9)));
    }
}
