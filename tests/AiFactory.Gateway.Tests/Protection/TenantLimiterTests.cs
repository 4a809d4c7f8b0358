using AiFactory.Domain.Tenants;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Gateway.Protection;

public sealed class TenantLimiterTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly TenantLimiter _limiter;

    public TenantLimiterTests() => _limiter = new(_time);

    [Fact]
    public void Find_NoLimits_IsNoGate()
    {
        Assert.Null(_limiter.Find("acme"));
        Follow(("acme", TenantLimits.None), ("other", new(Concurrency: 1)));
        Assert.Null(_limiter.Find("acme"));
        Assert.NotNull(_limiter.Find("other"));
    }

    [Fact]
    public void Enter_Rate_IsHeldAndRetryAfterIsTrue()
    {
        Follow(("acme", new(RequestsPerSecond: 0.5, Burst: 2)));
        var gate = _limiter.Find("acme")!;

        Assert.Null(gate.Enter());
        Assert.Null(gate.Enter());
        var refused = gate.Enter()!;
        Assert.Equal(("rate-limited", 2), (refused.Why!.Refusal.Code, refused.RetryAfterSeconds));
        _time.Advance(TimeSpan.FromSeconds(refused.RetryAfterSeconds));
        Assert.Null(gate.Enter());
        Assert.Equal(3, gate.AtWork);
    }

    [Fact]
    public void Enter_Concurrency_IsHeldUntilOneLeaves()
    {
        Follow(("acme", new(Concurrency: 2)));
        var gate = _limiter.Find("acme")!;

        Assert.Null(gate.Enter() ?? gate.Enter());
        Assert.Equal("concurrency-limited", gate.Enter()!.Why!.Refusal.Code);
        gate.Leave();
        Assert.Null(gate.Enter());
    }

    [Fact]
    public void Follow_OtherLimits_KeepWhoIsAtWork()
    {
        Follow(("acme", new(Concurrency: 2)));
        var gate = _limiter.Find("acme")!;
        Assert.Null(gate.Enter());
        Follow(("acme", new(Concurrency: 1)));

        Assert.Same(gate, _limiter.Find("acme"));
        Assert.NotNull(gate.Enter());
        gate.Leave();
        Assert.Null(gate.Enter());
        Follow();
        Assert.Null(_limiter.Find("acme"));
    }

    [Fact]
    public async Task Enter_ManyThreads_GrantsNoMoreThanTheBurst()
    {
        Follow(("acme", new(RequestsPerSecond: 1, Burst: 100)));
        var gate = _limiter.Find("acme")!;
        var granted = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                if (gate.Enter() is null)
                {
                    Interlocked.Increment(ref granted);
                }
            }
        })));

        Assert.Equal((100, 100), (granted, gate.AtWork));
    }

    private void Follow(params (string Tenant, TenantLimits Limits)[] limits) => _limiter.Follow(limits.ToDictionary(limit => limit.Tenant, limit => limit.Limits));
}
