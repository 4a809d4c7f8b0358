using System.Net;
using AiFactory.Domain.Refusals;

namespace AiFactory.Client.Transport;

/// <summary>Whether and when a call that was not answered well is sent again. With several gateways the next one is asked, the first time round at once.</summary>
internal sealed class RetryPolicy(int gateways, TimeProvider time, Random random)
{
    /// <summary>Tries beyond the first of a call that a gateway refuses for now: doubling pauses, 6.2 s in all, longer than a killed silo takes to leave the membership.</summary>
    private const int RefusedMax = 5;

    /// <summary>How long a call whose first effect is in doubt is sent again: longer than the lease of a gateway that died with it.</summary>
    private static readonly TimeSpan DoubtMax = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMilliseconds(3200);

    // Codes of refusals after which only time helps: another gateway is at work on the call, or was.
    private static readonly string[] InDoubt = ["idempotency-key-under-way", "idempotency-in-doubt", "idempotency-claim-lost"];

    private readonly long began = time.GetTimestamp();
    private int attempts;

    /// <summary>The pause before the next attempt; null: give up.</summary>
    public TimeSpan? AfterRefusal(HttpStatusCode status, Refusal refusal, TimeSpan? retryAfter)
    {
        var doubt = InDoubt.Contains(refusal.Code);
        var worth = doubt || status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable || (status == HttpStatusCode.GatewayTimeout && retryAfter is not null);
        if (!worth || (doubt ? time.GetElapsedTime(began) > DoubtMax : attempts >= Math.Max(RefusedMax, gateways - 1)))
        {
            return null;
        }

        return doubt ? Pause(retryAfter, once: true) : Pause(retryAfter, once: false);
    }

    /// <summary>As <see cref="AfterRefusal"/>, for a connection that was not made or broke.</summary>
    public TimeSpan? AfterBreak() => attempts >= Math.Max(RefusedMax, (2 * gateways) - 1) ? null : Pause(null, once: false);

    private TimeSpan Pause(TimeSpan? asked, bool once)
    {
        attempts++;
        if (!once && attempts < gateways)
        {
            return TimeSpan.Zero;
        }

        var round = once ? attempts : attempts - (gateways - 1);
        var pause = FirstPause * Math.Pow(2, Math.Min(round - 1, 8));
        pause = pause < PauseMax ? pause : PauseMax;

        // Never below what the gateway asked for; the rest is spread, so that clients do not come back all at once.
        var least = asked is { } wanted && wanted < PauseMax ? wanted : pause / 2;
        return least + (pause / 2 * random.NextDouble());
    }
}
