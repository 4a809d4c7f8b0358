using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Workers.Training;

internal sealed partial class ShardHost
{
    [LoggerMessage(LogLevel.Information, "Run {Run}, attempt {Attempt}: rank {Rank} was stopped.")]
    private partial void LogStopped(string run, int attempt, int rank);

    [LoggerMessage(LogLevel.Error, "Run {Run}, attempt {Attempt}: rank {Rank} failed.")]
    private partial void LogFailed(Exception exception, string run, int attempt, int rank);

    [LoggerMessage(LogLevel.Warning, "Run {Run}, attempt {Attempt}: the failure of rank {Rank} could not be reported.")]
    private partial void LogUnreported(Exception exception, string run, int attempt, int rank);
}
