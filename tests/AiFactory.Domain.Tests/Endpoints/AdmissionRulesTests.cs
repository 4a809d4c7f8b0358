using AiFactory.Domain.Endpoints;

namespace AiFactory.Domain.Tests.Endpoints;

public sealed class AdmissionRulesTests
{
    private const long Objective = 100_000_000;

    [Theory]
    [InlineData(RequestPriority.Low, 25, true)]
    [InlineData(RequestPriority.Low, 26, false)]
    [InlineData(RequestPriority.Normal, 50, true)]
    [InlineData(RequestPriority.Normal, 51, false)]
    [InlineData(RequestPriority.High, 75, true)]
    [InlineData(RequestPriority.High, 76, false)]
    public void Excess_LongerQueue_KeepsLowerClassesOutFirst(RequestPriority priority, int rowsBefore, bool admitted) =>
        Assert.Equal(admitted, AdmissionRules.Excess(rowsBefore, 1_000_000, priority, Objective, long.MaxValue) <= 0);

    [Fact]
    public void Excess_DeadlineNearerThanTheObjective_Decides()
    {
        Assert.Equal(5_000_000, AdmissionRules.Excess(15, 1_000_000, RequestPriority.High, Objective, 10_000_000));
        Assert.True(AdmissionRules.Excess(15, 1_000_000, RequestPriority.High, Objective, 20_000_000) <= 0);
    }

    [Fact]
    public void Excess_FewRowsOrPaceUnknown_LetsEverybodyIn()
    {
        Assert.True(AdmissionRules.Excess(AdmissionRules.RowsFree, 1e12, RequestPriority.Low, Objective, 1) <= 0);
        Assert.True(AdmissionRules.Excess(1_000_000, 0, RequestPriority.Low, Objective, long.MaxValue) <= 0);
    }

    [Theory]
    [InlineData(0.05, 1)]
    [InlineData(1.2, 2)]
    [InlineData(1e9, 3600)]
    public void RetryAfterSeconds_AnyWait_IsWholeAndNotEarly(double seconds, int stated) => Assert.Equal(stated, AdmissionRules.RetryAfterSeconds(TimeSpan.FromSeconds(Math.Min(seconds, 1e9))));

    [Fact]
    public void With_FirstSpans_OnlyCount()
    {
        var pace = Enumerable.Repeat(0, RowPace.SpansMin).Aggregate(default(RowPace), (before, _) => before.With(Busy(1, 1_000_000_000)));

        Assert.Equal(0, pace.NanosecondsPerRow);
        Assert.Equal(250, pace.With(Busy(4, 1000)).NanosecondsPerRow);
    }

    [Fact]
    public void With_OneStall_MovesItLittleAndSteadyChangeIsFollowed()
    {
        var pace = new RowPace(1000, RowPace.SpansMin, 0);
        Assert.InRange(pace.With(Busy(1, 10_000_000_000)).NanosecondsPerRow, 1000, 1751);

        var slower = Enumerable.Repeat(0, 40).Aggregate(pace, (before, _) => before.With(Busy(10, 500_000)));
        Assert.InRange(slower.NanosecondsPerRow, 49_000, 50_000);
    }

    [Fact]
    public void With_SpanWithoutWorkLeftOver_SaysNothing()
    {
        var pace = new RowPace(1000, RowPace.SpansMin, 0);

        Assert.Equal(1000, pace.With(new(1, 900_000, RowPace.RowsBusy - 1, Refused: false)).NanosecondsPerRow);
        Assert.NotEqual(1000, pace.With(new(1, 900_000, 1, Refused: true)).NanosecondsPerRow);
        Assert.Equal(1000, pace.With(new(0, 900_000, 100, Refused: true)).NanosecondsPerRow);
    }

    [Fact]
    public void With_NoBusySpanForAWhile_IsForgotten()
    {
        var pace = new RowPace(1000, RowPace.SpansMin, 0).With(new(5, RowPace.IdleNanosecondsMax - 1, 0, Refused: false));
        Assert.Equal(1000, pace.NanosecondsPerRow);
        Assert.Equal(0, pace.With(new(5, 1, 0, Refused: false)).NanosecondsPerRow);
    }

    [Fact]
    public void Percentile95_ManyValues_IsNearTheirs()
    {
        var random = new Random(7);
        var estimate = default(Percentile95);
        for (var i = 0; i < 20_000; i++)
        {
            estimate = estimate.With(1 + (99 * random.NextDouble()));
        }

        Assert.InRange(estimate.Value, 85, 105);
    }

    [Fact]
    public void HedgeCredit_SteadyRequests_SpendAtMostTheirShare()
    {
        var (credit, spent) = (default(HedgeCredit), 0);
        for (var i = 0; i < 1000; i++)
        {
            (var granted, credit) = credit.Earn(0.05).Spend();
            spent += granted ? 1 : 0;
        }

        Assert.InRange(spent, 48, 50);
        Assert.Equal(HedgeCredit.CreditMax, Enumerable.Repeat(0, 10_000).Aggregate(credit, (before, _) => before.Earn(0.05)).Credit);
    }

    private static PaceSpan Busy(int rows, long nanoseconds) => new(rows, nanoseconds, RowPace.RowsBusy, Refused: false);
}
