using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog;

internal static partial class DecisionLogLog
{
    [LoggerMessage(1, LogLevel.Information, "Decision log {Folder} opened: {Segments} segments, tail at {Tail}")]
    public static partial void Opened(ILogger logger, string folder, int segments, long tail);

    [LoggerMessage(2, LogLevel.Warning, "Decision log {Path}: cut off {Bytes} bytes after the last whole record, at {Address}; they belong to a record that was never acknowledged")]
    public static partial void TailCut(ILogger logger, string path, long address, long bytes);

    [LoggerMessage(3, LogLevel.Critical, "Decision log {Path} is corrupt: bytes {From} to {To} are no valid record; reading goes on with the next valid one. Restore the file from a backup if there is one")]
    public static partial void Corrupt(ILogger logger, string path, long from, long to);

    [LoggerMessage(4, LogLevel.Critical, "Decision log {Path} has a damaged header; its records are found by their own checksums")]
    public static partial void HeaderDamaged(ILogger logger, string path);

    [LoggerMessage(5, LogLevel.Warning, "Decision log {Path} was not closed off although a later segment holds records; closed off at {End}")]
    public static partial void SealedLate(ILogger logger, string path, long end);

    [LoggerMessage(6, LogLevel.Critical, "Decision log: no segment covers the addresses from {From} to {To}; a file is missing")]
    public static partial void SegmentMissing(ILogger logger, long from, long to);

    [LoggerMessage(7, LogLevel.Error, "Decision log {Folder} cannot grow; decisions are refused once the present segment is full")]
    public static partial void CannotGrow(ILogger logger, string folder, Exception reason);

    [LoggerMessage(8, LogLevel.Critical, "Decision log {Folder}: fsync failed; no more records are taken")]
    public static partial void SyncFailed(ILogger logger, string folder, Exception reason);

    [LoggerMessage(9, LogLevel.Warning, "Decision log {Folder}: no room for the file that new records gather in; each is written by itself, which takes longer")]
    public static partial void NoRing(ILogger logger, string folder, Exception reason);

    [LoggerMessage(10, LogLevel.Warning, "Decision log {Folder} ends at {LocalTail}, but it was shipped up to {ShippedTail}: what is missing here is read from where it was shipped to, new records begin at {Base}, and records that were not shipped when this folder was lost are gone")]
    public static partial void Restored(ILogger logger, string folder, long localTail, long shippedTail, long @base);
}
