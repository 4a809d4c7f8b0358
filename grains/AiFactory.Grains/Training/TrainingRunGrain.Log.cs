using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Training;

internal sealed partial class TrainingRunGrain
{
    [LoggerMessage(LogLevel.Information, "Training run {Run}: attempt {Attempt} from epoch {Epoch} on {Workers}.")]
    private partial void LogAttempt(string run, int attempt, int epoch, string workers);

    [LoggerMessage(LogLevel.Warning, "Training run {Run}: attempt {Attempt} is lost. {Reason}")]
    private partial void LogLost(string run, int attempt, string reason);

    [LoggerMessage(LogLevel.Warning, "Training run {Run}: rank {Rank} of attempt {Attempt} failed. {Reason}")]
    private partial void LogShardFailed(string run, int attempt, int rank, string reason);

    [LoggerMessage(LogLevel.Information, "Training run {Run} completed as {Model}@{Version}.")]
    private partial void LogCompleted(string run, string model, int version);
}
