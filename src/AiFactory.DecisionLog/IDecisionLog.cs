using AiFactory.Domain.Decisions;

namespace AiFactory.DecisionLog;

/// <summary>The append-only log of one silo. Safe for use by several threads.</summary>
public interface IDecisionLog
{
    /// <summary>The silo's name; first half of every <see cref="DecisionId"/>.</summary>
    string Name { get; }

    /// <summary>Address just after the last record; 0 while there is none.</summary>
    long Tail { get; }

    /// <summary>
    /// Appends a record. When this returns it is in the kernel's page cache and survives the death of the process; it is on the disk within 50 ms.
    /// </summary>
    /// <returns>The record's address.</returns>
    /// <exception cref="Domain.Refusals.RefusedException"><c>log-full</c>: the disk or the log's own bound is full; nothing was written.</exception>
    long Append(LogRecord record);

    /// <summary>Completes once everything before the address, and the record that begins there if one does, is on the disk.</summary>
    /// <exception cref="Domain.Refusals.RefusedException"><c>log-sync-failed</c>: the disk refused; whether the records are on it is unknown.</exception>
    ValueTask WaitForFsync(long address, CancellationToken cancellation);

    /// <summary>The record at an address, or null when none begins there.</summary>
    LogRecord? Read(long address);

    /// <summary>Records from an address on, oldest first, up to the tail at the time of the call.</summary>
    /// <param name="from">0, or an address or <c>Next</c> given by this log before.</param>
    IEnumerable<LogEntry> ReadFrom(long from);

    /// <summary>As <see cref="ReadFrom"/>, for those who count: costs a fraction, and decisions leave no garbage.</summary>
    IEnumerable<LogHead> ReadHeadsFrom(long from);

    /// <summary>Completes when there are records at or after the address.</summary>
    Task WaitForRecords(long address, CancellationToken cancellation);
}

/// <param name="Next">Where the following record begins: a reader keeps this as its position.</param>
public readonly record struct LogEntry(long Address, long Next, LogRecord Record);

/// <param name="Next">As of <see cref="LogEntry"/>.</param>
/// <param name="Record">Null: <paramref name="Decision"/> it is.</param>
public readonly record struct LogHead(long Address, long Next, LogRecord? Record, DecisionHead Decision);
