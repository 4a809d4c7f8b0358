using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Scales to zero: lets go of models that nobody used for long. The next request finds its model again, and is held while it loads.</summary>
internal sealed class IdleModels(WorkerRuntime runtime, IOptions<WorkerOptions> options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan PeriodMin = TimeSpan.FromMilliseconds(100), PeriodMax = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var idle = options.Value.IdleUnloadAfter;
        if (idle == TimeSpan.Zero)
        {
            return;
        }

        using var timer = new PeriodicTimer(TimeSpan.FromTicks(Math.Clamp(idle.Ticks / 4, PeriodMin.Ticks, PeriodMax.Ticks)), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var device in runtime.Devices)
                {
                    device.Models.ReleaseIdle(idle);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }
}
