using Microsoft.Extensions.Logging;

namespace AiFactory.Projections.Storage;

internal sealed partial class LogReader<TStore>
{
    [LoggerMessage(1, LogLevel.Error, "Reading the decision log into {Store} paused; next try in {RetryAfter}")]
    private static partial void ReaderPaused(ILogger logger, string store, TimeSpan retryAfter, Exception reason);

    [LoggerMessage(2, LogLevel.Warning, "{Store} had read to {Position}, but the decision log ends at {Tail}: it is read anew from the beginning. What there was is kept in {Copy}")]
    private static partial void ReaderAhead(ILogger logger, string store, long position, long tail, string copy);

    [LoggerMessage(3, LogLevel.Warning, "{Store} holds what was read from another log than {Log}, which is read from its beginning. What there was is kept in {Copy}")]
    private static partial void ReaderOfOther(ILogger logger, string store, string log, string copy);
}
