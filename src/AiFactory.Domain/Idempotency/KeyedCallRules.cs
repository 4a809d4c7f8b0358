using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Idempotency;

/// <summary>
/// The first effect of a key wins and a repeat gets its answer. Whoever is at work on a call holds it by telling so again and again; one that fell silent
/// for the lease loses it. What was begun and not answered may have had its effect: control calls are redone, their effects being idempotent by the key, and
/// decisions are looked for in the logs of those who began before.
/// </summary>
public static class KeyedCallRules
{
    /// <summary>Code of the refusal of a call whose first one is still under way.</summary>
    public const string UnderWay = "idempotency-key-under-way";

    /// <summary>Keys that a shard holds; more displace the oldest that are answered.</summary>
    public const int CallsMax = 64;

    /// <summary>How long a holder may be silent before another may take its call up, each by its own monotonic clock.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    /// <param name="held">Whether the present holder was heard of within the lease.</param>
    /// <param name="keptFor">Age at which an answer is forgotten.</param>
    /// <returns>The shard's calls after it, the very same where nothing changed, and what the caller is to do.</returns>
    public static Ruling<(IReadOnlyList<KeyedCall> Calls, ClaimedCall Claimed)> Claim(
        IReadOnlyList<KeyedCall> calls, KeyedCall asked, bool held, DateTimeOffset now, TimeSpan keptFor)
    {
        if (calls.FirstOrDefault(call => call.Key == asked.Key) is not { } known || IsOld(known, now, keptFor))
            return Add(calls, asked, now, keptFor);
        if (known.Fingerprint != asked.Fingerprint)
        {
            return new Refusal("idempotency-key-reused", RefusalKind.Unprocessable, "The Idempotency-Key was sent before with another method, path or body.", asked.Key,
                "Use a new key for a new request, and the same one only to send a request again.");
        }

        if (known.Answer is not null)
            return (calls, new ClaimedCall(known.Answer, []));
        if (known.Holder == asked.Holder)
            return (calls, new ClaimedCall(null, known.Logs));
        if (held && known.Holder.Length > 0)
        {
            return new Refusal(UnderWay, RefusalKind.Conflict, "The request that came first with this Idempotency-Key is still under way.", asked.Key,
                "Try again in a second with the same key: the answer will be the first one's.");
        }

        // Of one log the earlier place covers the later one.
        var taken = known with { Holder = asked.Holder, Logs = [.. known.Logs, .. asked.Logs.Where(place => known.Logs.All(earlier => earlier.Log != place.Log))] };
        return (Replace(calls, taken), new ClaimedCall(null, known.Logs));
    }

    /// <summary>Keeps the answer; null when the holder lost the call meanwhile.</summary>
    public static IReadOnlyList<KeyedCall>? Complete(IReadOnlyList<KeyedCall> calls, string key, string holder, KeptAnswer answer) =>
        Held(calls, key, holder) is { } call ? Replace(calls, call with { Holder = "", Logs = [], Answer = answer }) : null;

    /// <summary>Lets a call go that was not answered, or whose answer is not to be kept.</summary>
    /// <param name="decided">Whether decisions may have been recorded for it, which whoever takes it up next has to find.</param>
    /// <param name="log">The holder's own log.</param>
    public static IReadOnlyList<KeyedCall> Release(IReadOnlyList<KeyedCall> calls, string key, string holder, bool decided, string log)
    {
        if (Held(calls, key, holder) is not { } call)
            return calls;
        var logs = decided ? call.Logs : [.. call.Logs.Where(place => place.Log != log)];
        return logs.Count == 0 ? [.. calls.Where(kept => kept != call)] : Replace(calls, call with { Holder = "", Logs = logs });
    }

    private static Ruling<(IReadOnlyList<KeyedCall>, ClaimedCall)> Add(IReadOnlyList<KeyedCall> calls, KeyedCall asked, DateTimeOffset now, TimeSpan keptFor)
    {
        List<KeyedCall> kept = [.. calls.Where(call => call.Key != asked.Key && !IsOld(call, now, keptFor))];
        if (kept.Count >= CallsMax && kept.FindIndex(call => call.Answer is not null) is var oldest)
        {
            if (oldest < 0)
            {
                return new Refusal("idempotency-keys-busy", RefusalKind.Unavailable, "Too many requests with idempotency keys are under way.", asked.Key,
                    "Try again in a second.");
            }

            kept.RemoveAt(oldest);
        }

        kept.Add(asked);
        return (kept, new ClaimedCall(null, []));
    }

    private static bool IsOld(KeyedCall call, DateTimeOffset now, TimeSpan keptFor) => now - call.At > keptFor;

    private static KeyedCall? Held(IReadOnlyList<KeyedCall> calls, string key, string holder) =>
        calls.FirstOrDefault(call => call.Key == key && call.Answer is null && call.Holder == holder);

    private static IReadOnlyList<KeyedCall> Replace(IReadOnlyList<KeyedCall> calls, KeyedCall next) => [.. calls.Select(call => call.Key == next.Key ? next : call)];
}
