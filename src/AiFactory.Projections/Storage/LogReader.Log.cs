using Microsoft.Extensions.Logging;

namespace AiFactory.Projections.Storage;

internal sealed partial class LogReader<TStore>
{
    [LoggerMessage(1, LogLevel.Error, "Reading the decision log into {Store} paused; next try in {RetryAfter}")]
    private static partial void ReaderPaused(ILogger logger, string store, TimeSpan retryAfter, Exception reason);
}
