using Microsoft.Win32.SafeHandles;

namespace AiFactory.DecisionLog.Segments;

/// <summary>
/// One preallocated file of the log, named by its base address. Read by positioned reads, so that a failing disk is an exception and a closed log is safe;
/// written through a mapping while it is the last one.
/// </summary>
internal sealed class Segment(string path, SafeFileHandle file, long baseAddress, uint salt, long capacity, long end) : IDisposable
{
    public const long CapacityMin = 4096;

    private long _end = end;
    private SegmentMapping? _mapping;

    public string Path { get; } = path;

    public SafeFileHandle File { get; } = file;

    public long BaseAddress { get; } = baseAddress;

    public uint Salt { get; } = salt;

    public long Capacity { get; } = capacity;

    public long FirstAddress => BaseAddress + SegmentHeader.Bytes;

    /// <summary>Address just after the file's last byte.</summary>
    public long Limit => BaseAddress + Capacity;

    /// <summary>Where the next segment begins.</summary>
    public long NextBase => BaseAddress + Math.Max(Capacity, CapacityMin);

    /// <summary>Where the records end; 0 while it can still grow.</summary>
    public long End => Volatile.Read(ref _end);

    public SegmentMapping Map() => _mapping ??= new SegmentMapping(File, Capacity);

    /// <summary>No more records come here. Written as one aligned store, so no death of the process can tear it.</summary>
    public void Seal(long end)
    {
        Map().WriteInt64(SegmentHeader.EndOffset, end);
        Volatile.Write(ref _end, end);
    }

    public void FlushToDisk()
    {
        if (!OperatingSystem.IsLinux())
        {
            _mapping?.Flush(); // Elsewhere fsync need not cover what was written through a mapping.
        }

        RandomAccess.FlushToDisk(File);
    }

    public void Unmap()
    {
        _mapping?.Dispose();
        _mapping = null;
    }

    public void Dispose()
    {
        Unmap();
        File.Dispose();
    }
}
