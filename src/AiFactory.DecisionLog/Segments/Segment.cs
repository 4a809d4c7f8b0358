using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AiFactory.DecisionLog.Segments;

/// <summary>
/// One preallocated file of the log, named by its base address. Read and written by position, so that a failing disk is an exception and a closed log is safe.
/// </summary>
internal sealed partial class Segment(string path, SafeFileHandle file, long baseAddress, uint salt, long capacity, long end, long gapFrom = 0)
    : IFrameBytes, IDisposable
{
    public const long CapacityMin = 4096;

    // POSIX_FADV_DONTNEED of linux/fadvise.h.
    private const int DontNeed = 4;

    private long _end = end;

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

    /// <summary>Where the addresses of the log ended before they went on at <see cref="BaseAddress"/>; 0 when they follow those of the segment before.</summary>
    public long GapFrom { get; } = gapFrom;

    /// <summary>Where the records end; 0 while it can still grow.</summary>
    public long End => Volatile.Read(ref _end);

    public int Read(long address, Span<byte> into) => RandomAccess.Read(File, into, address - BaseAddress);

    public void Write(long address, ReadOnlySpan<byte> bytes) => RandomAccess.Write(File, bytes, address - BaseAddress);

    /// <summary>No more records come here. One aligned word: no death of the process can tear it.</summary>
    public void Seal(long end)
    {
        Span<byte> word = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(word, end);
        Write(BaseAddress + SegmentHeader.EndOffset, word);
        Volatile.Write(ref _end, end);
    }

    public void FlushToDisk() => RandomAccess.FlushToDisk(File);

    /// <summary>
    /// Lets the system use the memory that holds the file's pages for the segments to come, which is cheaper than to find new memory for each, and pushes
    /// nothing else out. Linux only: elsewhere nothing happens.
    /// </summary>
    public void LeaveMemory()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = PosixFadvise(File, 0, 0, DontNeed);
        }
    }

    public void Dispose() => File.Dispose();

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int PosixFadvise(SafeFileHandle file, long offset, long length, int advice);
}
