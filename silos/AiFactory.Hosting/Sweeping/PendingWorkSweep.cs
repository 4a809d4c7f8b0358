using AiFactory.Grains.PendingWork;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Hosting.Sweeping;

/// <summary>How often work that lost its silo is looked for.</summary>
public sealed class SweepOptions
{
    /// <summary>Time between sweeps. Default 15 s.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>Wakes pending work at start and from time to time, so that it goes on after a crash without anybody asking.</summary>
internal sealed partial class PendingWorkSweep(
    IGrainFactory grains, IHostApplicationLifetime lifetime, IOptions<SweepOptions> options, TimeProvider time, ILogger<PendingWorkSweep> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Sweep(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, perhaps before it had started.
        }
    }

    private async Task Sweep(CancellationToken stoppingToken)
    {
        // The silo takes calls once the host has started.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);

        using var timer = new PeriodicTimer(options.Value.Period, time);
        do
        {
            try
            {
                await grains.GetGrain<IPendingWorkGrain>(IPendingWorkGrain.Key).Sweep();
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "Pending work could not be swept; tried again shortly.")]
    private partial void LogFailed(Exception exception);
}
