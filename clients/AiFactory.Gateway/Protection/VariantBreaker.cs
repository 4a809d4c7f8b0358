using AiFactory.Domain.Endpoints;

namespace AiFactory.Gateway.Protection;

/// <summary>A variant's circuit breaker at this gateway. While nothing fails, a request pays for one read going in and one coming out.</summary>
internal sealed class VariantBreaker(BreakerTerms terms, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _gate = new();
    private volatile BreakerPhase _phase;

    // The round while it is closed, else -1: one read tells both.
    private volatile int _closed;
    private Breaker _state = Breaker.Closed;

    public BreakerTerms Terms => terms;

    public BreakerPhase Phase => _phase;

    /// <summary>Whether a request may go to the variant.</summary>
    /// <param name="round">What its outcome is told with.</param>
    public bool TryEnter(out int round) => (round = _closed) >= 0 || TryProbe(out round);

    public void Succeeded(int round)
    {
        if (_phase != BreakerPhase.Quiet)
        {
            End(round, failed: false);
        }
    }

    public void Failed(int round) => End(round, failed: true);

    /// <summary>Time until the next probe.</summary>
    public TimeSpan Pause()
    {
        lock (_gate)
        {
            return BreakerRules.Pause(_state, terms, Now());
        }
    }

    private bool TryProbe(out int round)
    {
        lock (_gate)
        {
            var (admitted, next) = BreakerRules.Admit(_state, terms, Now());
            Set(next);
            round = next.Round;
            return admitted;
        }
    }

    private void End(int round, bool failed)
    {
        lock (_gate)
        {
            Set(BreakerRules.End(_state, terms, round, failed, Now()));
        }
    }

    private void Set(Breaker next) => (_state, _phase, _closed) = (next, next.Phase, next.Phase <= BreakerPhase.Counting ? next.Round : -1);

    private TimeSpan Now() => time.GetElapsedTime(_start);
}
