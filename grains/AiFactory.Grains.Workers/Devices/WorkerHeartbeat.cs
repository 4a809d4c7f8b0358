using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Tells the worker pool, at start and every few seconds, which devices this silo owns.</summary>
internal sealed partial class WorkerHeartbeat(
    IGrainFactory grains,
    ILocalSiloDetails silo,
    IHostApplicationLifetime lifetime,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<WorkerHeartbeat> logger) : BackgroundService
{
    private const string Pool = "default";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // The silo takes calls once the host has started.
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var onStarted = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stoppingToken);

            // Not after the pool was told that this silo goes.
            using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
            await Beat(leaving.Token);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested || lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task Beat(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.HeartbeatPeriod, time);
        do
        {
            try
            {
                await grains.GetGrain<IWorkerPoolGrain>(Pool).Heartbeat(silo.Name, options.Value.Devices);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogUnheard(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "The worker pool did not hear this silo; tried again shortly.")]
    private partial void LogUnheard(Exception exception);
}
