using System.Diagnostics.CodeAnalysis;
using AiFactory.Domain.Refusals;

namespace AiFactory.Lakehouse.Objects;

/// <summary>Tells a disk without room from other faults, in the words of every library that writes here.</summary>
internal static class StorageFull
{
    // ENOSPC and EDQUOT as .NET passes them on from Unix; ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows.
    private const int NoSpaceUnix = 28, QuotaUnix = 122, DiskFullWindows = unchecked((int)0x80070070), HandleDiskFullWindows = unchecked((int)0x80070027);

    public static bool Is(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            // Native libraries (Parquet, DuckDB) hand on the system's message only.
            if ((inner is IOException && inner.HResult is NoSpaceUnix or QuotaUnix or DiskFullWindows or HandleDiskFullWindows)
                || inner.Message.Contains("No space left on device", StringComparison.OrdinalIgnoreCase)
                || inner.Message.Contains("Disk quota exceeded", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    [DoesNotReturn]
    public static void Refuse(Exception exception) => throw new RefusedException(
        new("object-store-full", RefusalKind.StorageFull, "There is no room left in the object store; nothing was kept.", null,
            "Free space on the factory's disk and send it again."),
        exception);
}
