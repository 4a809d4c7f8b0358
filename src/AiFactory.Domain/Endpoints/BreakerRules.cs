namespace AiFactory.Domain.Endpoints;

/// <summary>Where a circuit breaker stands.</summary>
public enum BreakerPhase : byte
{
    /// <summary>Closed, and nothing failed of late: requests need not be counted.</summary>
    Quiet,

    /// <summary>Closed; since the first failure requests are counted.</summary>
    Counting,

    /// <summary>Requests pass the variant over.</summary>
    Open,

    /// <summary>One request is out to see whether the variant answers again.</summary>
    Probing,
}

/// <summary>A breaker at a time. Times are of one clock that never goes back.</summary>
/// <param name="Since">When the phase began.</param>
/// <param name="Requests">Ended since then, while counting.</param>
/// <param name="Failures">Of those.</param>
/// <param name="Round">Counts the times it opened, let a probe out and closed: a request says something only of the round it was let in.</param>
public readonly record struct Breaker(BreakerPhase Phase, TimeSpan Since, int Requests, int Failures, int Round = 0)
{
    public static Breaker Closed => default;
}

/// <summary>
/// The circuit breaker (Nygard, Release It!): closed until too large a share of the requests since the first failure failed, then open for a while, then
/// closed or open again by what becomes of one probe. A window without the share begins anew with the next failure.
/// </summary>
public static class BreakerRules
{
    /// <summary>Whether a request may go to the variant, and where the breaker stands then: letting a probe out is a change.</summary>
    /// <remarks>A probe that never ends (its caller went away) lets the next one out after another pause.</remarks>
    public static (bool Admitted, Breaker Next) Admit(Breaker breaker, BreakerTerms terms, TimeSpan now) => breaker.Phase switch
    {
        BreakerPhase.Quiet or BreakerPhase.Counting => (true, breaker),
        _ when now - breaker.Since >= TimeSpan.FromSeconds(terms.OpenSeconds) => (true, Turn(breaker, BreakerPhase.Probing, now)),
        _ => (false, breaker),
    };

    /// <summary>A request was answered, or failed for the variant's or the factory's fault.</summary>
    /// <param name="round">In which it was let in. Of an earlier one it says nothing about now: least of all may it pass for the probe.</param>
    public static Breaker End(Breaker breaker, BreakerTerms terms, int round, bool failed, TimeSpan now)
    {
        if (round != breaker.Round)
        {
            return breaker;
        }

        switch (breaker.Phase)
        {
            case BreakerPhase.Open:
                return breaker;
            case BreakerPhase.Probing:
                return failed ? Turn(breaker, BreakerPhase.Open, now) : Turn(breaker, BreakerPhase.Quiet, default);
            case BreakerPhase.Counting when now - breaker.Since >= TimeSpan.FromSeconds(terms.WindowSeconds):
            case BreakerPhase.Quiet:
                return failed ? Judge(new(BreakerPhase.Counting, now, 1, 1, round), terms, now) : Breaker.Closed with { Round = round };
            default:
                return Judge(breaker with { Requests = breaker.Requests + 1, Failures = breaker.Failures + (failed ? 1 : 0) }, terms, now);
        }
    }

    /// <summary>Time until the next probe; zero when requests are admitted.</summary>
    public static TimeSpan Pause(Breaker breaker, BreakerTerms terms, TimeSpan now)
    {
        var left = breaker.Since + TimeSpan.FromSeconds(terms.OpenSeconds) - now;
        return breaker.Phase is BreakerPhase.Open or BreakerPhase.Probing && left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static Breaker Judge(Breaker counted, BreakerTerms terms, TimeSpan now) =>
        counted.Requests >= terms.RequestsMin && counted.Failures >= terms.ErrorFraction * counted.Requests ? Turn(counted, BreakerPhase.Open, now) : counted;

    private static Breaker Turn(Breaker from, BreakerPhase to, TimeSpan now) => new(to, now, 0, 0, from.Round + 1);
}
