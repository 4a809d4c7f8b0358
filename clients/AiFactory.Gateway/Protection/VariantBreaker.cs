using AiFactory.Domain.Endpoints;

namespace AiFactory.Gateway.Protection;

/// <summary>A variant's circuit breaker at this gateway. While nothing fails, a request pays for one read going in and one coming out.</summary>
internal sealed class VariantBreaker(BreakerTerms terms, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _gate = new();
    private volatile BreakerPhase _phase;
    private Breaker _state = Breaker.Closed;

    public BreakerTerms Terms => terms;

    public BreakerPhase Phase => _phase;

    /// <summary>Whether a request may go to the variant.</summary>
    public bool TryEnter() => _phase <= BreakerPhase.Counting || TryProbe();

    public void Succeeded()
    {
        if (_phase != BreakerPhase.Quiet)
        {
            End(failed: false);
        }
    }

    public void Failed() => End(failed: true);

    /// <summary>Time until the next probe.</summary>
    public TimeSpan Pause()
    {
        lock (_gate)
        {
            return BreakerRules.Pause(_state, terms, Now());
        }
    }

    private bool TryProbe()
    {
        lock (_gate)
        {
            var (admitted, next) = BreakerRules.Admit(_state, terms, Now());
            Set(next);
            return admitted;
        }
    }

    private void End(bool failed)
    {
        lock (_gate)
        {
            Set(BreakerRules.End(_state, terms, failed, Now()));
        }
    }

    private void Set(Breaker next) => (_state, _phase) = (next, next.Phase);

    private TimeSpan Now() => time.GetElapsedTime(_start);
}
