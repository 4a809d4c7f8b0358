using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Traffic;

namespace AiFactory.Domain.Tests.Endpoints;

public sealed class ScaleRulesTests
{
    private static readonly ReplicaBounds Bounds = new(1, 4);
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(100);

    [Fact]
    public void Decide_QueueTooLongForThreeReports_AddsOne()
    {
        var run = new Run();

        Assert.Equal([1, 1, 2], run.Reports(3, queueMs: 50));
    }

    [Fact]
    public void Decide_QueueBeyondTheObjective_Doubles()
    {
        var run = new Run { Active = 2 };

        Assert.Equal([2, 2, 4], run.Reports(3, queueMs: 150));
    }

    [Fact]
    public void Decide_ManyGatewaysInOneSecond_WaitsAllTheSame()
    {
        var run = new Run { Step = TimeSpan.FromMilliseconds(100) };

        Assert.Equal(1, run.Reports(10, queueMs: 50)[^1]);
    }

    [Fact]
    public void Decide_OneReportInBetweenIsFine_StartsAnew()
    {
        var run = new Run();
        run.Reports(2, queueMs: 50);
        run.Reports(1, queueMs: 20);

        Assert.Equal([1, 1, 2], run.Reports(3, queueMs: 50));
    }

    [Fact]
    public void Decide_LoadThatNothingHelps_GrowsStepByStepToTheMost()
    {
        var run = new Run();
        var active = run.Reports(100, queueMs: 50);

        Assert.Equal([1, 2, 3, 4], active.Distinct());
        Assert.All(active.Zip(active.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 0, 1));
    }

    [Fact]
    public void Decide_CalmForAMinute_TakesOneAwayAtATimeDownToTheFewest()
    {
        var run = new Run { Active = 3 };
        var active = run.Reports(200, queueMs: 1);

        Assert.Equal([3, 2, 1], active.Distinct());
        Assert.Equal(60, active.Count(count => count == 3));
        Assert.InRange(active.Count(count => count == 2), 60, 66);
    }

    [Fact]
    public void Decide_NoTrafficAtAll_IsCalm()
    {
        var run = new Run { Active = 2 };

        Assert.Equal(1, run.Reports(70, queueMs: null)[^1]);
    }

    [Fact]
    public void Decide_BetweenCalmAndHot_StaysForEver()
    {
        var run = new Run { Active = 2 };

        Assert.All(run.Reports(1000, queueMs: 20), active => Assert.Equal(2, active));
    }

    [Fact]
    public void Decide_RightAfterAChange_WaitsForReportsOfTheTimeAfterIt()
    {
        var run = new Run();
        run.Reports(3, queueMs: 50);

        Assert.Equal([2, 2, 2, 2, 2, 2, 3], run.Reports(7, queueMs: 50));
    }

    [Theory]
    [InlineData(1, 2, 0, 2)]
    [InlineData(9, 1, 4, 4)]
    public void Decide_OutsideItsBounds_ComesBackAtOnce(int active, int min, int max, int expected) =>
        Assert.Equal(expected, ScaleRules.Decide(new(min, max), active, ScaleMemory.Empty, null, 100, Start).Active);

    [Fact]
    public void Decide_OnlyFailures_IsNotTakenForAQueue()
    {
        var failing = new VariantTraffic("a", 10, 10, 0, 0, 0, 0, 0, 1);

        Assert.Equal(0, ScaleRules.Decide(Bounds, 1, ScaleMemory.Empty, failing, 100, Start).Memory.HotReports);
    }

    private sealed class Run
    {
        private ScaleMemory _memory = ScaleMemory.Empty;
        private TimeSpan _now = Start;

        public int Active { get; set; } = 1;

        public TimeSpan Step { get; init; } = TimeSpan.FromSeconds(1);

        /// <summary>Reports of a variant with an objective of 100 ms, and the replicas after each.</summary>
        public List<int> Reports(int count, double? queueMs)
        {
            var active = new List<int>();
            for (var i = 0; i < count; i++)
            {
                var traffic = queueMs is { } queue ? new VariantTraffic("a", 10, 0, 1, 1, 1, queue / 1000 * 10, 1, Active) : null;
                (_memory, Active) = ScaleRules.Decide(Bounds, Active, _memory, traffic, 100, _now);
                active.Add(Active);
                _now += Step;
            }

            return active;
        }
    }
}
