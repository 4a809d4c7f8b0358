using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Tenants;

namespace AiFactory.Gateway.Protection;

/// <summary>Holds one tenant to its limits at this gateway. Safe for use by several threads.</summary>
internal sealed class TenantGate(string tenant, TimeProvider time)
{
    private volatile Terms? _terms;
    private long _fullAt;
    private int _atWork;

    public TenantLimits Limits
    {
        get => _terms?.Limits ?? TenantLimits.None;
        set => _terms = _terms?.Limits == value ? _terms : new(tenant, value, time.TimestampFrequency);
    }

    /// <summary>Requests at work now.</summary>
    public int AtWork => Volatile.Read(ref _atWork);

    /// <summary>Lets a request in, which then must <see cref="Leave"/>; a refused one must not.</summary>
    public Refused? Enter()
    {
        var terms = _terms!;
        if (Interlocked.Increment(ref _atWork) > terms.Concurrency)
        {
            Interlocked.Decrement(ref _atWork);
            return new(terms.TooManyAtOnce, 1);
        }

        if (terms.Bucket is not { } bucket)
        {
            return null;
        }

        while (true)
        {
            var seen = Volatile.Read(ref _fullAt);
            var (fullAt, wait) = bucket.Take(seen, time.GetTimestamp());
            if (wait > 0)
            {
                Interlocked.Decrement(ref _atWork);
                return new(terms.TooManyASecond, AdmissionRules.RetryAfterSeconds(TimeSpan.FromSeconds((double)wait / time.TimestampFrequency)));
            }

            if (Interlocked.CompareExchange(ref _fullAt, fullAt, seen) == seen)
            {
                return null;
            }
        }
    }

    public void Leave() => Interlocked.Decrement(ref _atWork);

    private sealed class Terms(string tenant, TenantLimits limits, long ticksPerSecond)
    {
        public TenantLimits Limits { get; } = limits;

        public int Concurrency { get; } = limits.Concurrency ?? int.MaxValue;

        public TokenBucket? Bucket { get; } = limits.RequestsPerSecond is { } rate ? TokenBucket.Of(rate, limits.Burst, ticksPerSecond) : null;

        public PreparedRefusal TooManyASecond { get; } = new(new("rate-limited", RefusalKind.Throttled,
            FormattableString.Invariant($"The tenant may send {limits.RequestsPerSecond} requests a second to this gateway."), tenant,
            "Wait as long as Retry-After says, or raise the limit with factory tenant limits set."));

        public PreparedRefusal TooManyAtOnce { get; } = new(new("concurrency-limited", RefusalKind.Throttled,
            $"The tenant may have {limits.Concurrency} requests at work at this gateway.", tenant, "Send the next one when one is answered, or raise the limit with factory tenant limits set."));
    }
}
