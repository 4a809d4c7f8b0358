using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>
/// Scales to zero: lets go of models that nobody used for long; the next request finds its model again, and is held while it loads. Also counts anew what
/// models take, since buffers grow with what they are asked.
/// </summary>
internal sealed class ModelSweep(WorkerRuntime runtime, IOptions<WorkerOptions> options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan PeriodMin = TimeSpan.FromMilliseconds(100), PeriodMax = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var idle = options.Value.IdleUnloadAfter;
        var period = idle == TimeSpan.Zero ? PeriodMax : TimeSpan.FromTicks(Math.Clamp(idle.Ticks / 4, PeriodMin.Ticks, PeriodMax.Ticks));
        using var timer = new PeriodicTimer(period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var device in runtime.Devices)
                {
                    device.Models.Recount();
                    if (idle > TimeSpan.Zero)
                    {
                        device.Models.ReleaseIdle(idle);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }
}
