using AiFactory.Domain.Idempotency;
using AiFactory.Grains.Idempotency;

namespace AiFactory.Gateway.Fakes;

/// <summary>Keyed calls by the product's rules, with a lease that ends when the test says.</summary>
internal sealed class FakeKeyedCalls : IKeyedCallsGrain
{
    private readonly Lock _gate = new();

    public IReadOnlyList<KeyedCall> Calls { get; private set; } = [];

    /// <summary>Whether holders count as silent.</summary>
    public bool LeaseOver { get; set; }

    /// <summary>Thrown instead of keeping an answer, and instead of letting go: as to a gateway that dies.</summary>
    public Exception? Failure { get; set; }

    public Task<ClaimedCall> Claim(string key, string fingerprint, string holder, LogPlace? log)
    {
        lock (_gate)
        {
            var now = DateTimeOffset.UnixEpoch;
            (Calls, var claimed) = KeyedCallRules.Claim(Calls, new(key, fingerprint, now, holder, log is null ? [] : [log]), !LeaseOver, now, TimeSpan.FromHours(24)).OrThrow();
            return Task.FromResult(claimed);
        }
    }

    public Task<bool> Renew(string key, string holder)
    {
        lock (_gate)
        {
            return Task.FromResult(Calls.Any(call => call.Key == key && call.Holder == holder));
        }
    }

    public Task<bool> Complete(string key, string holder, KeptAnswer answer)
    {
        lock (_gate)
        {
            var next = Failure is null ? KeyedCallRules.Complete(Calls, key, holder, answer) : throw Failure;
            Calls = next ?? Calls;
            return Task.FromResult(next is not null);
        }
    }

    public Task Release(string key, string holder, bool decided, string log)
    {
        lock (_gate)
        {
            Calls = Failure is null ? KeyedCallRules.Release(Calls, key, holder, decided, log) : throw Failure;
            return Task.CompletedTask;
        }
    }
}
