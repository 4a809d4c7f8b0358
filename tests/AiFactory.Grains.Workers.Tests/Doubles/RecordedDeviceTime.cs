using System.Collections.Concurrent;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Refusals;

namespace AiFactory.Grains.Workers.Tests.Doubles;

/// <summary>Keeps every record, unless told to have no room.</summary>
internal sealed class RecordedDeviceTime : IDeviceTimeSink
{
    private readonly ConcurrentQueue<DeviceTimeRecord> _records = new();
    private int _refusals;

    public DeviceTimeRecord[] Records => [.. _records];

    /// <summary>Records refused so far.</summary>
    public int Refusals => Volatile.Read(ref _refusals);

    public bool Full { get; set; }

    public void Append(DeviceTimeRecord record)
    {
        if (Full)
        {
            Interlocked.Increment(ref _refusals);
            throw new RefusedException(new Refusal("log-full", RefusalKind.StorageFull, "There is no room.", "log", "Make room."));
        }

        _records.Enqueue(record);
    }
}
