using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>What is known of one worker of this silo beside what it computes.</summary>
internal sealed class WorkerCare(LocalWorker worker, DeviceLease? lease)
{
    public LocalWorker Worker => worker;

    /// <summary>Null: the device needs no claim.</summary>
    public DeviceLease? Lease => lease;

    /// <summary>A look at the instruments that has not come back.</summary>
    public Task<DeviceSight?>? Looking { get; set; }

    public DeviceReading? Reading { get; set; }

    /// <summary>Why the device is lost; null: it is there.</summary>
    public string? Lost { get; set; }

    public WorkerOrder Order { get; set; }

    /// <summary>Why this silo's workers cannot be used at all, e.g. prices that contradict others'.</summary>
    public Refusal? Fault { get; set; }

    /// <summary>Whether the device may be open as things stand, and if not, how the worker stands.</summary>
    /// <param name="busy">Whether it has work.</param>
    public (bool Open, WorkerStanding Standing, Refusal? Reason) Judge(bool busy)
    {
        if (Lost is { } lost)
        {
            return (false, WorkerStanding.Lost, Out("device-lost", $"The device is lost: {lost}", "Look at the machine's log and its hardware; the worker comes back when the device does."));
        }

        if (Order == WorkerOrder.Remove)
        {
            return (false, WorkerStanding.Removed, Out("worker-removed", "An operator removed the worker.", "factory worker resume lets it in again."));
        }

        if (Fault is { } fault)
        {
            return (false, WorkerStanding.Refused, fault);
        }

        if (Order == WorkerOrder.Drain && !busy)
        {
            return (false, WorkerStanding.Draining, Out("worker-drained", "An operator drained the worker.", "factory worker resume lets it in again."));
        }

        if (lease is { Left: var left } && left <= TimeSpan.Zero)
        {
            return (false, WorkerStanding.Unclaimed, lease.Refused);
        }

        return Order == WorkerOrder.Drain ? (true, WorkerStanding.Draining, null) : (true, WorkerStanding.Ready, null);
    }

    private Refusal Out(string code, string what, string mend) => new(code, RefusalKind.Unavailable, what, worker.Key.ToGrainKey(), mend);
}
