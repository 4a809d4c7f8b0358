using AiFactory.DecisionLog.Segments;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog;

/// <summary>
/// Brings frames to the segment that grows: small ones are gathered in a mapped ring and go on many at a time, large ones are written at once. One thread
/// at a time puts; any may have what is gathered move on.
/// </summary>
internal sealed class SegmentAppender : IDisposable
{
    // A third of a second's records at 50,000 a second: as long may the disk keep the sync thread.
    private const int RingBytes = 8 * 1024 * 1024;

    // From here on a system call costs less than to copy the record once more, and a few thousand such records would fill the ring.
    private const int DirectBytesMin = 4096;

    private readonly AppendRing? _ring;
    private readonly Lock _moving = new();
    private Segment? _growing;
    private long _moved;

    /// <param name="growing">Null: none yet.</param>
    /// <param name="position">Where the next frame goes.</param>
    public SegmentAppender(DecisionLogOptions options, Segment? growing, long position, ILogger logger)
    {
        (_growing, _moved) = (growing, position);
        try
        {
            _ring = new AppendRing(options.Folder, Math.Min(RingBytes, options.SegmentBytes));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            DecisionLogLog.NoRing(logger, options.Folder, problem);
        }
    }

    /// <summary>From now on frames go to another segment; all that were put before have moved.</summary>
    public void GoOnIn(Segment next)
    {
        lock (_moving)
        {
            (_growing, _moved) = (next, next.FirstAddress);
        }
    }

    /// <param name="address">Where it goes, just after the frame before.</param>
    /// <param name="frame">Room for the whole frame, with the payload in its place.</param>
    /// <param name="checksum">Of the payload.</param>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Put(long address, Span<byte> frame, int payloadBytes, uint checksum)
    {
        var headerChecksum = Frame.HeaderChecksum(_growing!.Salt, address, payloadBytes, checksum);
        if (_ring is not null && frame.Length < DirectBytesMin && frame.Length <= _ring.Capacity)
        {
            if (address + frame.Length - Volatile.Read(ref _moved) > _ring.Capacity)
            {
                Move(address);
            }

            _ring.WriteFrame(address, frame.Slice(Frame.HeaderBytes, payloadBytes), checksum, headerChecksum);
            return;
        }

        Move(address);
        Frame.WriteHeader(frame, payloadBytes, checksum, headerChecksum);
        frame[(Frame.HeaderBytes + payloadBytes)..].Clear();
        _growing.Write(address, frame);
        Volatile.Write(ref _moved, address + frame.Length);
    }

    /// <summary>Has all that is gathered before an address go on to its segment. Putting goes on meanwhile.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Move(long tail)
    {
        lock (_moving)
        {
            if (_growing is not null && tail > _moved)
            {
                _ring?.CopyTo(_growing, _moved, tail);
                Volatile.Write(ref _moved, tail);
            }
        }
    }

    /// <summary>Removes the ring's file where nothing is left in it; what is, stays for the next to open the log.</summary>
    /// <param name="position">Where the next frame would have gone.</param>
    public void Finish(long position)
    {
        lock (_moving)
        {
            if (_moved == position)
            {
                _ring?.Delete();
            }
        }
    }

    public void Dispose()
    {
        lock (_moving)
        {
            _ring?.Dispose();
        }
    }
}
