using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Refusals;

namespace AiFactory.Gateway.Fakes;

/// <summary>A decision log in memory; addresses are 64 bytes apart.</summary>
internal sealed class MemoryLog(string name = "silo-1") : IDecisionLog
{
    private const int RecordBytes = 64;

    private readonly List<LogRecord> _records = [];

    public string Name => name;

    public bool Full { get; set; }

    /// <summary>False: records are let go of, so that a measurement sees the gateway's allocations only.</summary>
    public bool Keep { get; set; } = true;

    /// <summary>What waiting for the disk waits for.</summary>
    public TaskCompletionSource? Disk { get; set; }

    public long Tail
    {
        get
        {
            lock (_records)
            {
                return (long)_records.Count * RecordBytes;
            }
        }
    }

    public IReadOnlyList<DecisionRecord> Decisions
    {
        get
        {
            lock (_records)
            {
                return [.. _records.OfType<DecisionRecord>()];
            }
        }
    }

    public long Append(LogRecord record)
    {
        if (Full)
        {
            throw new RefusedException(new("log-full", RefusalKind.StorageFull, "The decision log is full.", "log", "Free space."));
        }

        if (!Keep)
        {
            return 0;
        }

        // Like a log on disk it keeps the bytes, not the caller's buffers.
        var kept = record is DecisionRecord decision ? decision with { Features = decision.Features.ToArray(), Outputs = decision.Outputs.ToArray() } : record;
        lock (_records)
        {
            _records.Add(kept);
            return (_records.Count - 1L) * RecordBytes;
        }
    }

    /// <summary>As if the process had died before that record and those after it.</summary>
    public void Forget(int from)
    {
        lock (_records)
        {
            _records.RemoveRange(from, _records.Count - from);
        }
    }

    public ValueTask WaitForFsync(long address, CancellationToken cancellation) =>
        Disk is { } disk && address == Tail ? new(disk.Task.WaitAsync(cancellation)) : ValueTask.CompletedTask;

    public LogRecord? Read(long address)
    {
        lock (_records)
        {
            return address % RecordBytes == 0 && address / RecordBytes < _records.Count ? _records[(int)(address / RecordBytes)] : null;
        }
    }

    public IReadOnlyList<long> AddressesOf(Func<DecisionRecord, bool> wanted)
    {
        lock (_records)
        {
            return [.. Enumerable.Range(0, _records.Count).Where(i => _records[i] is DecisionRecord decision && wanted(decision)).Select(i => (long)i * RecordBytes)];
        }
    }

    public IEnumerable<LogEntry> ReadFrom(long from) => throw new NotSupportedException();

    public IEnumerable<LogHead> ReadHeadsFrom(long from)
    {
        lock (_records)
        {
            return [.. _records.Select((record, i) => new LogHead((long)i * RecordBytes, (i + 1L) * RecordBytes, record is DecisionRecord ? null : record,
                record is DecisionRecord decision ? DecisionHead.Of(decision) : default)).Where(head => head.Address >= from)];
        }
    }

    public Task WaitForRecords(long address, CancellationToken cancellation) => throw new NotSupportedException();
}
