using System.Collections.Concurrent;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Problems;
using AiFactory.Grains.Decisions;

namespace AiFactory.Gateway.Decisions;

/// <summary>Asks the log that a decision is in, whichever process keeps it.</summary>
internal sealed class LogDirectory(IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    // A log stays what it is, as a rule; what is not so any more is looked up again when the log does not answer.
    private readonly ConcurrentDictionary<string, LogKind> _kinds = new(StringComparer.Ordinal);

    /// <exception cref="RefusedException"><c>decision-not-found</c>: there was never such a log; <c>decision-log-unavailable</c>: its owner does not answer.</exception>
    public async Task<T> Ask<T>(string log, Func<IDecisionLogGrain, Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask(grains.GetDecisionLog(log, await KindOf(log))).WaitAsync(Wait, time, cancellation);
        }
        catch (Exception failure) when (Failures.IsUnavailable(failure) && failure is not RefusedException)
        {
            _kinds.TryRemove(log, out _);
            throw new RefusedException(Unavailable(log), failure);
        }
    }

    private async ValueTask<LogKind> KindOf(string log)
    {
        if (_kinds.TryGetValue(log, out var kind))
        {
            return kind;
        }

        try
        {
            var known = await grains.GetGrain<ILogCatalogGrain>(ILogCatalogGrain.Key).Find(log);
            return _kinds.GetOrAdd(log, known.Kind);
        }
        catch (RefusedException refused) when (refused.Refusal.Kind == RefusalKind.NotFound)
        {
            throw new RefusedException(Unknown(log), refused);
        }
    }

    private static Refusal Unavailable(string log) => new("decision-log-unavailable", RefusalKind.Unavailable,
        $"The decision log '{log}' is not reachable at present.", log, $"Try again in a few seconds; if that does not help, start {log} again. What was taken in meanwhile counts once.");

    private static Refusal Unknown(string log) => new("decision-not-found", RefusalKind.NotFound,
        $"The factory never had a decision log '{log}', so there is no such decision.", log, "Use the id that came with the decision.");
}
