using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Keeps and releases this silo's claims on devices that others can reach, as far as the cluster hears it; what it does not hear is tried again with the next round.</summary>
internal sealed partial class ClaimKeeper(TimeProvider time, TimeSpan patience, ILogger logger)
{
    /// <summary>Claims a device that is wanted, and lets go of one that is neither wanted nor open.</summary>
    /// <param name="busy">Whether the worker has work.</param>
    public async Task Keep(WorkerCare care, bool busy)
    {
        var lease = care.Lease!;
        var (wanted, before) = (care.Lost is null && care.Order != WorkerOrder.Remove && (care.Order == WorkerOrder.None || busy), lease.Refused);
        if (!wanted && care.Worker.Opened is null)
        {
            await Release(care);
        }
        else if (wanted)
        {
            await Try(care, () => lease.Keep(patience));
        }

        if (care.Worker.Opened is { } device && lease.Token != 0)
        {
            device.Clock.UsableUntil = device.Clock.Now + (long)lease.Left.TotalNanoseconds;
        }

        if (lease.Token == 0 && lease.Refused != before)
        {
            LogUnclaimed(care.Worker.Key, lease.Refused);
        }
    }

    /// <summary>Lets another silo have the device; nothing where it needs no claim.</summary>
    public Task Release(WorkerCare care) => care.Lease is { } lease ? Try(care, () => lease.Release(patience)) : Task.CompletedTask;

    /// <summary>Until when a device that opens now may be used, on its own clock in nanoseconds.</summary>
    public long UsableUntil(WorkerCare care) => care.Lease is { } lease ? new DeviceClock(default, time).Now + (long)lease.Left.TotalNanoseconds : long.MaxValue;

    private async Task Try(WorkerCare care, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception exception)
        {
            LogClaimUnheard(exception, care.Worker.Key);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Worker {Worker} has no claim on its device. {Reason}")]
    private partial void LogUnclaimed(WorkerKey worker, Refusal reason);

    [LoggerMessage(LogLevel.Warning, "The claim of worker {Worker} on its device could not be changed; tried again shortly.")]
    private partial void LogClaimUnheard(Exception exception, WorkerKey worker);
}
