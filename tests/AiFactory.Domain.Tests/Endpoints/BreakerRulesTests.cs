using AiFactory.Domain.Endpoints;

namespace AiFactory.Domain.Tests.Endpoints;

public sealed class BreakerRulesTests
{
    private static readonly BreakerTerms Terms = new(ErrorFraction: 0.5, RequestsMin: 4, WindowSeconds: 10, OpenSeconds: 5);

    [Fact]
    public void End_OnlySuccesses_NeverCounts()
    {
        var breaker = Ended(Breaker.Closed, 0, false, false, false);

        Assert.Equal(Breaker.Closed, breaker);
    }

    [Fact]
    public void End_FailuresBelowTheLeastNumberOfRequests_StayClosed()
    {
        var breaker = Ended(Breaker.Closed, 0, true, true, true);

        Assert.Equal((BreakerPhase.Counting, 3, 3), (breaker.Phase, breaker.Requests, breaker.Failures));
        Assert.Equal(BreakerPhase.Open, Ended(breaker, 1, true).Phase);
    }

    [Fact]
    public void End_ShareBelowTheLimit_StaysClosed()
    {
        var breaker = Ended(Breaker.Closed, 0, true, false, false, false, true, false);

        Assert.Equal(BreakerPhase.Counting, breaker.Phase);
        Assert.True(BreakerRules.Admit(breaker, Terms, At(1)).Admitted);
    }

    [Fact]
    public void End_WindowOver_BeginsAnewOrRests()
    {
        var counting = Ended(Breaker.Closed, 0, true, true, true);

        Assert.Equal(Breaker.Closed, Ended(counting, 10, false));
        Assert.Equal(new Breaker(BreakerPhase.Counting, At(10), 1, 1), Ended(counting, 10, true));
    }

    [Fact]
    public void Admit_Open_LetsOneProbeOutAfterThePause()
    {
        var open = Ended(Breaker.Closed, 0, true, true, true, true);
        Assert.False(BreakerRules.Admit(open, Terms, At(4.9)).Admitted);
        Assert.Equal(TimeSpan.FromSeconds(0.1), BreakerRules.Pause(open, Terms, At(4.9)));

        var (admitted, probing) = BreakerRules.Admit(open, Terms, At(5));
        Assert.Equal((true, BreakerPhase.Probing), (admitted, probing.Phase));
        Assert.False(BreakerRules.Admit(probing, Terms, At(5)).Admitted);
        Assert.Equal(BreakerPhase.Quiet, Ended(probing, 6, false).Phase);
        Assert.Equal(new Breaker(BreakerPhase.Open, At(6), 0, 0, probing.Round + 1), Ended(probing, 6, true));
    }

    [Fact]
    public void Admit_ProbeThatNeverEnds_LetsTheNextOneOut()
    {
        var probing = new Breaker(BreakerPhase.Probing, At(5), 0, 0);

        Assert.False(BreakerRules.Admit(probing, Terms, At(9)).Admitted);
        Assert.True(BreakerRules.Admit(probing, Terms, At(10)).Admitted);
    }

    [Fact]
    public void End_RequestFromBeforeItOpened_SaysNothing()
    {
        var open = Ended(Breaker.Closed, 0, true, true, true, true);

        Assert.Equal(open, Ended(open, 1, false));
        Assert.Equal(open, Ended(open, 1, true));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void End_RequestFromBeforeTheProbe_DoesNotPassForIt(bool failed)
    {
        var open = Ended(Breaker.Closed, 0, true, true, true, true);
        var probing = BreakerRules.Admit(open, Terms, At(5)).Next;

        Assert.Equal(probing, BreakerRules.End(probing, Terms, Breaker.Closed.Round, failed, At(6)));
        var next = BreakerRules.Admit(probing, Terms, At(10)).Next;
        Assert.Equal(next, BreakerRules.End(next, Terms, probing.Round, failed, At(11)));
    }

    [Fact]
    public void End_FailuresFromBeforeItClosedAgain_AreNotCounted()
    {
        var probing = BreakerRules.Admit(Ended(Breaker.Closed, 0, true, true, true, true), Terms, At(5)).Next;
        var closed = Ended(probing, 6, false);

        Assert.Equal(closed, BreakerRules.End(closed, Terms, Breaker.Closed.Round, failed: true, At(6)));
    }

    private static Breaker Ended(Breaker breaker, double at, params bool[] failed) =>
        failed.Aggregate(breaker, (state, failure) => BreakerRules.End(state, Terms, state.Round, failure, At(at)));

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
