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
        Assert.Equal(Breaker.Closed, Ended(probing, 6, false));
        Assert.Equal(new Breaker(BreakerPhase.Open, At(6), 0, 0), Ended(probing, 6, true));
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

    private static Breaker Ended(Breaker breaker, double at, params bool[] failed) =>
        failed.Aggregate(breaker, (state, failure) => BreakerRules.End(state, Terms, failure, At(at)));

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
