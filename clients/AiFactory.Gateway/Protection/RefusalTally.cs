using System.Collections.Concurrent;
using AiFactory.Gateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace AiFactory.Gateway.Protection;

/// <summary>Counts refusals by cause; the log gets one line a second for each cause, however many there are.</summary>
internal sealed partial class RefusalTally(GatewayMeter meter, TimeProvider time, ILogger<RefusalTally> logger)
{
    private readonly ConcurrentDictionary<(string Code, string Where), Cause> _causes = new();

    /// <param name="endpoint">One that is deployed, or empty.</param>
    public void Count(PreparedRefusal refusal, string endpoint)
    {
        meter.Error(refusal.Refusal, endpoint);
        var key = (refusal.Refusal.Code, refusal.Refusal.Where ?? "");
        var cause = _causes.TryGetValue(key, out var known) ? known : _causes.GetOrAdd(key, static _ => new());
        Interlocked.Increment(ref cause.Count);
        var (now, last) = (time.GetTimestamp(), Volatile.Read(ref cause.LoggedAt));
        if (now - last >= time.TimestampFrequency && Interlocked.CompareExchange(ref cause.LoggedAt, now, last) == last)
        {
            LogRefused(logger, Interlocked.Exchange(ref cause.Count, 0), key.Code, key.Item2, refusal.Refusal.What);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Count} requests refused since this was last said: {Code} ({Where}). {What}")]
    private static partial void LogRefused(ILogger logger, long count, string code, string where, string what);

    private sealed class Cause
    {
        public long Count;
        public long LoggedAt = long.MinValue / 2;
    }
}
