using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Takes this silo's workers off the pool before anything of it stops, so that nothing new is placed on them; what they have under way ends as usual.</summary>
internal sealed partial class WorkerFarewell(IGrainFactory grains, ILocalSiloDetails silo, TimeProvider time, ILogger<WorkerFarewell> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(2);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<IWorkerPoolGrain>("default").Heartbeat(silo.Name, Array.Empty<Domain.Workers.Device>()).WaitAsync(AnswerMax, time, cancellationToken);
        }
        catch (Exception exception)
        {
            // The pool notices by the silence.
            LogUnheard(exception.Message);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Warning, "The worker pool did not hear that this silo goes: {Reason}")]
    private partial void LogUnheard(string reason);
}
