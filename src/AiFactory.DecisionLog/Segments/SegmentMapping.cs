using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace AiFactory.DecisionLog.Segments;

/// <summary>A segment in memory, for writing. The stores reach the page cache at once and outlive the process.</summary>
internal sealed unsafe class SegmentMapping : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    public SegmentMapping(SafeFileHandle file, long capacity)
    {
        _file = MemoryMappedFile.CreateFromFile(file, null, capacity, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, capacity);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    /// <summary>
    /// Writes a frame. Its first eight bytes, magic and length, are stored last: until then the place reads as empty, so a process that dies
    /// in the middle leaves no half record that looks whole.
    /// </summary>
    public void WriteFrame(long offset, ReadOnlySpan<byte> payload, uint payloadChecksum, uint headerChecksum)
    {
        var frame = _start + offset;
        fixed (byte* source = payload)
        {
            Unsafe.CopyBlockUnaligned(frame + Frame.HeaderBytes, source, (uint)payload.Length);
        }

        *(ulong*)(frame + 8) = payloadChecksum | ((ulong)headerChecksum << 32);
        Volatile.Write(ref *(ulong*)frame, Frame.Magic | ((ulong)payload.Length << 32));
    }

    public void WriteInt64(long offset, long value) => Volatile.Write(ref *(long*)(_start + offset), value);

    public void Clear(long offset, int bytes) => new Span<byte>(_start + offset, bytes).Clear();

    public void Flush() => _view.Flush();

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
