using AiFactory.Domain.Decisions;
using AiFactory.Domain.Refusals;
using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Decisions;

/// <summary>Asks all decision logs at a time, and takes what was published of those that do not answer.</summary>
internal sealed partial class LogGathering(IGrainFactory grains, PublishedTotals published, TimeProvider time, ILogger<LogGathering> logger)
{
    /// <summary>How long a log is waited for that has only to look its totals up.</summary>
    public static readonly TimeSpan TotalsWait = TimeSpan.FromSeconds(3);

    /// <summary>How long a log is waited for that counts itself anew.</summary>
    public static readonly TimeSpan RecountWait = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan PublishedWait = TimeSpan.FromSeconds(5);

    /// <summary>One share of each log in the catalog, each log once.</summary>
    /// <param name="live">What a log is asked.</param>
    /// <param name="position">Up to where a live share counts.</param>
    /// <param name="last">The same share as published, with its position.</param>
    public async Task<IReadOnlyList<LogShare<T>>> Gather<T>(
        Func<IDecisionLogGrain, Task<T>> live, Func<T, long> position, Func<LogTotals, (T Share, long Position)> last, TimeSpan wait)
        where T : class
    {
        var logs = await grains.GetGrain<ILogCatalogGrain>(ILogCatalogGrain.Key).List();
        return await Task.WhenAll(logs.Select(log => Share(log, live, position, last, wait)));
    }

    private async Task<LogShare<T>> Share<T>(
        KnownLog log, Func<IDecisionLogGrain, Task<T>> live, Func<T, long> position, Func<LogTotals, (T Share, long Position)> last, TimeSpan wait)
        where T : class
    {
        try
        {
            var share = await live(grains.GetDecisionLog(log.Name, log.Kind)).WaitAsync(wait, time);
            return new(new(log.Name, log.Kind, LogState.Live, position(share), time.GetUtcNow()), share);
        }
        catch (Exception failure)
        {
            // Whatever it is: the others' shares are to be had, and this one's is marked.
            LogUnanswered(log.Name, Reason(failure));
        }

        try
        {
            if (await published.Read(log.Name, CancellationToken.None).WaitAsync(PublishedWait, time) is { } totals)
            {
                var (share, at) = last(totals);
                return new(new(log.Name, log.Kind, LogState.Published, at, totals.At), share);
            }
        }
        catch (Exception failure)
        {
            LogUnread(log.Name, failure);
        }

        return new(new(log.Name, log.Kind, LogState.Unknown, log.Position, null), null);
    }

    private static string Reason(Exception failure) => failure is RefusedException refused ? refused.Refusal.What : failure.Message;

    [LoggerMessage(LogLevel.Warning, "The decision log '{Log}' does not answer; what it published counts. {Reason}")]
    private partial void LogUnanswered(string log, string reason);

    [LoggerMessage(LogLevel.Warning, "What the decision log '{Log}' published could not be read.")]
    private partial void LogUnread(string log, Exception failure);
}
