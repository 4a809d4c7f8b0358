using AiFactory.Domain.Endpoints;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Gateway.Protection;

public sealed class VariantBreakerTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public void TryEnter_AfterFailures_PassesOverThenProbesOnce()
    {
        var breaker = new VariantBreaker(new(0.5, 2, 10, 5), _time);
        Assert.True(breaker.TryEnter());
        breaker.Failed();
        breaker.Failed();

        Assert.Equal(BreakerPhase.Open, breaker.Phase);
        Assert.False(breaker.TryEnter());
        Assert.Equal(TimeSpan.FromSeconds(5), breaker.Pause());
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(breaker.TryEnter());
        Assert.False(breaker.TryEnter());
        breaker.Succeeded();
        Assert.True(breaker.TryEnter());
        Assert.Equal(BreakerPhase.Quiet, breaker.Phase);
    }

    [Fact]
    public async Task TryEnter_ManyThreadsAtTheEndOfThePause_LetOneProbeOut()
    {
        var breaker = new VariantBreaker(new(0.5, 1, 10, 5), _time);
        breaker.Failed();
        _time.Advance(TimeSpan.FromSeconds(6));

        var entered = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(breaker.TryEnter)));

        Assert.Single(entered, true);
    }
}
