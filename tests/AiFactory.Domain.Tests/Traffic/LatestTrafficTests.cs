using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Traffic;

namespace AiFactory.Domain.Tests.Traffic;

public sealed class LatestTrafficTests
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(2);

    [Fact]
    public void Hear_SeveralGateways_AddsWhatEachToldLast()
    {
        var latest = new LatestTraffic(Span);
        latest.Hear(Report("g1", requests: 10, queueSeconds: 9), TimeSpan.Zero);
        latest.Hear(Report("g2", requests: 10, queueSeconds: 0), TimeSpan.FromSeconds(0.5));

        var sum = Assert.Single(latest.Hear(Report("g1", requests: 20, queueSeconds: 2), TimeSpan.FromSeconds(1)));

        Assert.Equal((30L, 2.0), (sum.Requests, sum.QueueSum));
    }

    [Fact]
    public void Hear_GatewaySilentForLong_CountsNoMore()
    {
        var latest = new LatestTraffic(Span);
        latest.Hear(Report("g1", requests: 10, queueSeconds: 9), TimeSpan.Zero);

        Assert.Equal(5, Assert.Single(latest.Hear(Report("g2", requests: 5, queueSeconds: 0), TimeSpan.FromSeconds(2.1))).Requests);
    }

    /// <summary>A calm gateway's reports between a hot one's must not make the variant look calm.</summary>
    [Fact]
    public void Hear_HotAndCalmGatewaysInTurn_ScalesUp()
    {
        var latest = new LatestTraffic(Span);
        var (memory, active) = (ScaleMemory.Empty, 1);
        for (var half = 0; half < 8 && active == 1; half++)
        {
            var now = TimeSpan.FromSeconds(10 + (half / 2.0));
            var report = half % 2 == 0 ? Report("hot", requests: 1000, queueSeconds: 100) : Report("calm", requests: 10, queueSeconds: 0);
            (memory, active) = ScaleRules.Decide(new ReplicaBounds(1, 4), active, memory, Assert.Single(latest.Hear(report, now)), objectiveMs: 100, now) is var decided
                ? (decided.Memory, decided.Active)
                : default;
        }

        Assert.Equal(2, active);
    }

    private static TrafficReport Report(string gateway, long requests, double queueSeconds) =>
        new(gateway, 1, 1, [new VariantTraffic("a", requests, 0, requests * 0.01, 0, 0.01, queueSeconds, queueSeconds, 1)]);
}
