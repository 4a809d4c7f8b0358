using AiFactory.Domain.Idempotency;
using AiFactory.Grains.Storage;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Idempotency;

/// <summary>How long calls with an idempotency key are remembered.</summary>
public sealed class IdempotencyOptions
{
    /// <summary>How long an answer is kept for repeats. Default 24 h.</summary>
    public TimeSpan KeptFor { get; set; } = TimeSpan.FromHours(24);
}

[GrainType("keyed-calls")]
internal sealed class KeyedCallsGrain(
    [PersistentState("keyed-calls", StateStore.Name)] IPersistentState<KeyedCallsState> state, IOptions<IdempotencyOptions> options, TimeProvider time)
    : Grain, IKeyedCallsGrain
{
    // By this silo's own monotonic clock; who held a call in another activation is given the lease anew.
    private readonly Dictionary<string, long> _heard = new(StringComparer.Ordinal);
    private readonly long _began = time.GetTimestamp();

    public async Task<ClaimedCall> Claim(string key, string fingerprint, string holder, LogPlace? log)
    {
        var present = state.State.Calls;
        var now = time.GetUtcNow();
        var held = time.GetElapsedTime(_heard.GetValueOrDefault(key, _began)) < KeyedCallRules.Lease;
        var asked = new KeyedCall(key, fingerprint, now, holder, log is null ? [] : [log]);
        var (calls, claimed) = KeyedCallRules.Claim(present, asked, held, now, options.Value.KeptFor).OrThrow();
        if (!ReferenceEquals(calls, present))
            await Save(calls);
        if (claimed.Answer is null)
            _heard[key] = time.GetTimestamp();
        return claimed;
    }

    public Task<bool> Renew(string key, string holder)
    {
        var held = state.State.Calls.Any(call => call.Key == key && call.Holder == holder);
        if (held)
            _heard[key] = time.GetTimestamp();
        return Task.FromResult(held);
    }

    public async Task<bool> Complete(string key, string holder, KeptAnswer answer)
    {
        if (KeyedCallRules.Complete(state.State.Calls, key, holder, answer) is not { } calls)
            return false;
        await Save(calls);
        _heard.Remove(key);
        return true;
    }

    public async Task Release(string key, string holder, bool decided, string log)
    {
        var calls = KeyedCallRules.Release(state.State.Calls, key, holder, decided, log);
        if (!ReferenceEquals(calls, state.State.Calls))
            await Save(calls);
        _heard.Remove(key);
    }

    private Task Save(IReadOnlyList<KeyedCall> calls) => state.Save(new KeyedCallsState { Calls = [.. calls] });
}

[GenerateSerializer, Alias("aifactory.keyed-calls-state")]
internal sealed class KeyedCallsState
{
    [Id(0)]
    public KeyedCall[] Calls { get; set; } = [];
}
