using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace AiFactory.DecisionLog.Segments;

/// <summary>
/// The newest bytes of the log, in a small file that stays mapped: a record's place is its address modulo the capacity. Stores reach the page cache at once and
/// outlive the process, as a positioned write does, at a tenth of its cost; and unlike stores into a mapped segment they meet no page that is new, or on
/// its way to the disk, which keeps a thread for milliseconds. From here the records go on to their segment many at a time. What a process that
/// died left here is put into the segment by <see cref="Replay"/>: frames prove by themselves where they belong.
/// </summary>
internal sealed unsafe class AppendRing : IDisposable
{
    private const string FileName = "log.ring";

    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    /// <summary>Begins anew, with nothing in it.</summary>
    /// <exception cref="IOException">No space left, or the disk failed.</exception>
    public AppendRing(string folder, int capacity)
    {
        (_path, Capacity) = (Path.Combine(folder, FileName), capacity);
        _handle = File.OpenHandle(_path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            // With all its blocks: a store into a hole on a full disk would kill the process (SIGBUS).
            Preallocation.WriteZeros(_handle, capacity);
            _file = MemoryMappedFile.CreateFromFile(_handle, null, capacity, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
            _view = _file.CreateViewAccessor(0, capacity);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
            _start += _view.PointerOffset;
        }
        catch
        {
            _view?.Dispose();
            _file?.Dispose();
            _handle.Dispose();
            throw;
        }
    }

    public int Capacity { get; }

    /// <summary>
    /// Puts what is left in the folder's ring behind the records of a segment.
    /// </summary>
    /// <param name="from">Address just after the segment's last valid record.</param>
    /// <returns>Address after the last record now.</returns>
    public static long Replay(string folder, Segment segment, long from)
    {
        var path = Path.Combine(folder, FileName);
        var ring = File.Exists(path) ? File.ReadAllBytes(path) : [];
        var at = from;
        var frame = Array.Empty<byte>();
        Span<byte> header = stackalloc byte[Frame.HeaderBytes];
        while (at + Frame.HeaderBytes <= segment.Limit && ring.Length >= Frame.HeaderBytes)
        {
            Copy(ring, at, header);
            var limit = Math.Min(segment.Limit, at + ring.Length);
            if (!Frame.TryParse(header, segment.Salt, at, limit, out var payloadBytes, out var checksum))
            {
                break;
            }

            Array.Resize(ref frame, Frame.Size(payloadBytes));
            Copy(ring, at, frame);
            if (Crc32C.Compute(0, frame.AsSpan(Frame.HeaderBytes, payloadBytes)) != checksum)
            {
                break;
            }

            segment.Write(at, frame);
            at += frame.Length;
        }

        return at;
    }

    /// <summary>Writes a frame that fits, over bytes that are in their segment by now.</summary>
    public void WriteFrame(long address, ReadOnlySpan<byte> payload, uint payloadChecksum, uint headerChecksum)
    {
        Word(address + Frame.Size(payload.Length) - sizeof(ulong)) = 0;
        Write(address + Frame.HeaderBytes, payload);
        Word(address + sizeof(ulong)) = payloadChecksum | ((ulong)headerChecksum << 32);
        Volatile.Write(ref Word(address), Frame.Magic | ((ulong)payload.Length << 32));
    }

    /// <summary>Writes a range of addresses to their segment.</summary>
    /// <exception cref="ObjectDisposedException">The ring is closed, and its memory gone.</exception>
    public void CopyTo(Segment segment, long from, long to)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        while (from < to)
        {
            var offset = (int)(from % Capacity);
            var length = (int)Math.Min(to - from, Capacity - offset);
            segment.Write(from, new ReadOnlySpan<byte>(_start + offset, length));
            from += length;
        }
    }

    /// <summary>Removes the file: all that was in it is in the segments.</summary>
    public void Delete()
    {
        Dispose();
        File.Delete(_path);
    }

    public void Dispose()
    {
        if (_handle.IsClosed)
        {
            return;
        }

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        _handle.Dispose();
    }

    private static void Copy(byte[] ring, long address, Span<byte> into)
    {
        var offset = (int)(address % ring.Length);
        var first = Math.Min(into.Length, ring.Length - offset);
        ring.AsSpan(offset, first).CopyTo(into);
        ring.AsSpan(0, into.Length - first).CopyTo(into[first..]);
    }

    // Frames and the ring are multiples of eight bytes: no word lies across its end.
    private ref ulong Word(long address) => ref *(ulong*)(_start + (address % Capacity));

    private void Write(long address, ReadOnlySpan<byte> bytes)
    {
        var offset = (int)(address % Capacity);
        var first = Math.Min(bytes.Length, Capacity - offset);
        bytes[..first].CopyTo(new Span<byte>(_start + offset, first));
        bytes[first..].CopyTo(new Span<byte>(_start, bytes.Length - first));
    }
}
