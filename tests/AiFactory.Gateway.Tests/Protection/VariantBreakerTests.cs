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
        Assert.True(breaker.TryEnter(out var round));
        breaker.Failed(round);
        breaker.Failed(round);

        Assert.Equal(BreakerPhase.Open, breaker.Phase);
        Assert.False(breaker.TryEnter(out _));
        Assert.Equal(TimeSpan.FromSeconds(5), breaker.Pause());
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(breaker.TryEnter(out var probe));
        Assert.False(breaker.TryEnter(out _));
        breaker.Succeeded(probe);
        Assert.True(breaker.TryEnter(out _));
        Assert.Equal(BreakerPhase.Quiet, breaker.Phase);
    }

    [Fact]
    public void Succeeded_RequestSentBeforeItOpened_DoesNotDecideTheProbe()
    {
        var breaker = new VariantBreaker(new(0.5, 1, 10, 5), _time);
        Assert.True(breaker.TryEnter(out var old));
        Assert.True(breaker.TryEnter(out var older));
        breaker.Failed(old);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(breaker.TryEnter(out var probe));

        breaker.Succeeded(older);
        Assert.Equal(BreakerPhase.Probing, breaker.Phase);
        breaker.Failed(older);
        Assert.Equal(BreakerPhase.Probing, breaker.Phase);

        breaker.Failed(probe);
        Assert.Equal(BreakerPhase.Open, breaker.Phase);
        breaker.Succeeded(probe);
        Assert.Equal(BreakerPhase.Open, breaker.Phase);
    }

    [Fact]
    public async Task TryEnter_ManyThreadsAtTheEndOfThePause_LetOneProbeOut()
    {
        var breaker = new VariantBreaker(new(0.5, 1, 10, 5), _time);
        breaker.Failed(0);
        _time.Advance(TimeSpan.FromSeconds(6));

        var entered = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => breaker.TryEnter(out var _))));

        Assert.Single(entered, true);
    }
}
