using AiFactory.Domain.Idempotency;

namespace AiFactory.Grains.Idempotency;

/// <summary>Calls with an idempotency key, so that each has one effect whichever gateways it comes to. Key: <see cref="KeyedCallsKey"/>.</summary>
[Alias("aifactory.keyed-calls"), Version(1)]
public interface IKeyedCallsGrain : IGrainWithStringKey
{
    /// <summary>
    /// Takes a call up, or tells what it was answered. Kept before this returns. A holder that does not <see cref="Renew"/> within the lease loses the call
    /// to whoever asks next; the same holder may ask again.
    /// </summary>
    /// <param name="holder">Names the caller and the attempt.</param>
    /// <param name="log">The log that decisions made for it are recorded in, and its tail; null: it makes none.</param>
    /// <exception cref="Domain.Refusals.RefusedException"><c>idempotency-key-reused, idempotency-key-under-way, idempotency-keys-busy</c>.</exception>
    [Alias("Claim")]
    Task<ClaimedCall> Claim(string key, string fingerprint, string holder, LogPlace? log);

    /// <summary>Says that the holder is still at work; false: it lost the call.</summary>
    [Alias("Renew")]
    Task<bool> Renew(string key, string holder);

    /// <summary>Keeps the answer; false: the holder lost the call, and must not answer it.</summary>
    [Alias("Complete")]
    Task<bool> Complete(string key, string holder, KeptAnswer answer);

    /// <summary>Lets the call go unanswered: the next to ask does it.</summary>
    /// <param name="decided">Whether decisions may have been recorded for it.</param>
    /// <param name="log">The holder's log; empty: none.</param>
    [Alias("Release")]
    Task Release(string key, string holder, bool decided, string log);
}
