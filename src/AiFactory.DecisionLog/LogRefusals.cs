using AiFactory.Domain.Refusals;

namespace AiFactory.DecisionLog;

internal static class LogRefusals
{
    public static RefusedException InUse(string folder, Exception inner) => new(
        new("log-in-use", RefusalKind.Conflict, "Another process has this decision log open.", folder, "Stop the other factory, or use another data folder."), inner);

    public static RefusedException BoundReached(string folder, long bytesMax) => new(
        new("log-full", RefusalKind.StorageFull, $"The decision log has reached its bound of {bytesMax} bytes.", folder, "Raise DecisionLogBytesMax."));

    public static RefusedException DiskFull(string folder, Exception inner) => new(
        new("log-full", RefusalKind.StorageFull, "No disk space is left for the decision log.", folder, "Free space on that disk; deciding goes on by itself."), inner);

    public static RefusedException RecordTooLarge(int bytes, int bytesMax) => new(
        new("log-record-too-large", RefusalKind.TooLarge, $"A record of {bytes} bytes does not fit a log segment, which holds {bytesMax}.", "record",
            "Send fewer rows in one request."));

    public static RefusedException SyncFailed(string folder, Exception inner) => new(
        new("log-sync-failed", RefusalKind.Fault, "The disk did not confirm earlier records, so no more are taken.", folder,
            "Check the disk, then restart the factory: it keeps what is on the disk."), inner);

    public static RefusedException Unreadable(string where) => new(
        new("log-corrupt", RefusalKind.Fault, "The only segment of the decision log has no valid header.", where, "Restore the file from a backup, or move it away to begin anew."));

    public static RefusedException UnknownKind(int kind) => new(
        new("log-newer", RefusalKind.Fault, $"The decision log holds a record of kind {kind}, which this release does not know.", "decision log",
            "Run the release that wrote it, or a later one."));

    public static RefusedException StoreUnavailable(string log, string where, Exception inner) => new(
        new("log-store-unavailable", RefusalKind.Unavailable,
            $"The data folder holds no decision log, and whether '{log}' has shipped one cannot be known: {inner.Message}", where,
            "Start the silo again once the object store answers: going on without would give decision ids twice."), inner);

    public static RefusedException AddressesSpent(string log) => new(
        new("log-addresses-spent", RefusalKind.Fault, $"The decision log '{log}' was begun anew so often that it has no addresses left.", log, "Give the silo another name."));
}
