using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Workers.Devices;

internal sealed partial class WorkerKeeper
{
    [LoggerMessage(LogLevel.Warning, "The worker pool did not hear this silo; tried again shortly.")]
    private partial void LogUnheard(Exception exception);

    [LoggerMessage(LogLevel.Error, "This silo's prices are refused, so its workers stay out of use.")]
    private partial void LogPrices(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Worker {Worker} is closed. {Reason}")]
    private partial void LogClosed(WorkerKey worker, Refusal reason);

    [LoggerMessage(LogLevel.Information, "Worker {Worker} is open.")]
    private partial void LogOpened(WorkerKey worker);
}
