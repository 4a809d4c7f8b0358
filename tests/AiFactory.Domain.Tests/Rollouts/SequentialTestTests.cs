using AiFactory.Domain.Rollouts;
using AiFactory.Domain.Statistics;

namespace AiFactory.Domain.Tests.Rollouts;

public sealed class SequentialTestTests
{
    private const int Streams = 400;
    private const int Looks = 100;
    private const double Alpha = 0.05;

    [Fact]
    public void HalfWidth_KnownCase_EqualsFormula()
    {
        // rho^2 = (5.99146 + ln 6.99146) / 5000 = 0.001587; n = 5000: n rho^2 = 7.936.
        var (n, s2) = (5000.0, 4.0);
        var rho2 = ((-2 * Math.Log(Alpha)) + Math.Log(1 - (2 * Math.Log(Alpha)))) / 5000;
        var expected = Math.Sqrt(s2) * Math.Sqrt(2 * ((n * rho2) + 1) * Math.Log(Math.Sqrt((n * rho2) + 1) / Alpha) / (n * n * rho2));
        Assert.Equal(expected, SequentialTest.HalfWidth(s2 / n, n, Alpha), 12);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.2)]
    public void ErrorRate_SameOnBothSides_AlarmsInAlphaOfStreamsAtMost(double rate)
    {
        var alarms = 0;
        for (var stream = 0; stream < Streams; stream++)
        {
            var random = SeededRandom.Of(stream, 1);
            alarms += Alarmed(() => Errors(random, 20, rate), () => Errors(random, 80, rate), GuardMetric.ErrorRate) ? 1 : 0;
        }

        Assert.True(alarms <= Alpha * Streams, $"{alarms} of {Streams}");
    }

    [Fact]
    public void Latency_SameOnBothSides_AlarmsInAlphaOfStreamsAtMost()
    {
        var alarms = 0;
        for (var stream = 0; stream < Streams; stream++)
        {
            var random = SeededRandom.Of(stream, 2);
            alarms += Alarmed(() => Latencies(random, 20, 0.01), () => Latencies(random, 80, 0.01), GuardMetric.Latency) ? 1 : 0;
        }

        Assert.True(alarms <= Alpha * Streams, $"{alarms} of {Streams}");
    }

    [Fact]
    public void ErrorRate_PlainTestAtEveryLook_WouldAlarmFarMoreOften()
    {
        // The reason for all this: the same streams, judged by 1.96 standard errors at each look.
        var alarms = 0;
        for (var stream = 0; stream < Streams; stream++)
        {
            var random = SeededRandom.Of(stream, 1);
            var (candidate, baseline) = (Moments.None, Moments.None);
            var alarmed = false;
            for (var look = 0; look < Looks; look++)
            {
                (candidate, baseline) = (Errors(random, 20, 0.2).Into(candidate), Errors(random, 80, 0.2).Into(baseline));
                var error = Math.Sqrt(candidate.SquaredError(0.01) + baseline.SquaredError(0.01));
                alarmed |= Math.Abs(candidate.Mean() - baseline.Mean()) > 1.96 * error;
            }

            alarms += alarmed ? 1 : 0;
        }

        Assert.True(alarms > 0.15 * Streams, $"{alarms} of {Streams}");
    }

    [Fact]
    public void ErrorRate_PlantedRegression_IsFoundInEveryStream()
    {
        for (var stream = 0; stream < 100; stream++)
        {
            var random = SeededRandom.Of(stream, 3);
            Assert.True(Alarmed(() => Errors(random, 20, 0.15), () => Errors(random, 80, 0.01), GuardMetric.ErrorRate), $"stream {stream}");
        }
    }

    [Fact]
    public void Latency_PlantedRegression_IsFoundInEveryStream()
    {
        for (var stream = 0; stream < 100; stream++)
        {
            var random = SeededRandom.Of(stream, 4);
            Assert.True(Alarmed(() => Latencies(random, 20, 0.02), () => Latencies(random, 80, 0.01), GuardMetric.Latency), $"stream {stream}");
        }
    }

    private static bool Alarmed(Func<Cluster> candidate, Func<Cluster> baseline, GuardMetric metric)
    {
        var rollout = RolloutRulesTests.Running(new RolloutSpec(new("t", "m", 2), Steps: [100], Guards: [new(metric, 0)], Alpha: Alpha));
        for (var look = 0; look < Looks; look++)
        {
            rollout = rollout with
            {
                BaselineFigures = Into(rollout.BaselineFigures, baseline()),
                CandidateFigures = Into(rollout.CandidateFigures, candidate()),
            };
            if (GuardRules.Read(rollout, null).Any(reading => reading.Violated))
                return true;
        }

        return false;
    }

    private static ArmFigures Into(ArmFigures figures, Cluster cluster) => new(cluster.Into(figures.Errors), cluster.Into(figures.Latency));

    private static Cluster Errors(SeededRandom random, int count, double rate)
    {
        var errors = 0;
        for (var i = 0; i < count; i++)
            errors += Uniform(random) < rate ? 1 : 0;
        return new(count, errors, errors);
    }

    // Exponential: skewed as latencies are.
    private static Cluster Latencies(SeededRandom random, int count, double mean)
    {
        var (sum, squares) = (0.0, 0.0);
        for (var i = 0; i < count; i++)
        {
            var value = -mean * Math.Log(1 - Uniform(random));
            (sum, squares) = (sum + value, squares + (value * value));
        }

        return new(count, sum, squares);
    }

    private static double Uniform(SeededRandom random) => (random.NextUInt64() >> 11) * (1.0 / (1UL << 53));

    private readonly record struct Cluster(int Count, double Sum, double Squares)
    {
        public Moments Into(Moments moments) => moments.Add(Count, Sum, Squares);
    }
}
