using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Reads the instruments of this silo's devices, and sees when one is lost or back.</summary>
internal sealed partial class DeviceWatch(IDeviceSensor? sensor, TimeProvider time, TimeSpan patience, ILogger logger)
{
    public async Task Look(WorkerCare care)
    {
        if (sensor is null)
        {
            return;
        }

        // A driver that hangs is asked once, and not again before it has answered.
        var looking = care.Looking ??= Task.Run(() => sensor.Look(care.Worker.Described));
        try
        {
            var sight = await looking.WaitAsync(patience, time);
            care.Looking = null;
            if (sight is not null && (sight.Lost is null) != (care.Lost is null))
            {
                LogSight(care.Worker.Key, sight.Lost ?? "It is back.");
            }

            (care.Reading, care.Lost) = (sight?.Reading, sight?.Lost);
        }
        catch (Exception exception)
        {
            care.Looking = looking.IsCompleted ? null : looking;
            LogUnread(exception, care.Worker.Key);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The instruments of worker {Worker} cannot be read.")]
    private partial void LogUnread(Exception exception, WorkerKey worker);

    [LoggerMessage(LogLevel.Warning, "The device of worker {Worker}: {What}")]
    private partial void LogSight(WorkerKey worker, string what);
}
