using System.Buffers;
using AiFactory.DecisionLog.Segments;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog.Shipping;

/// <summary>Another log was shipped under this one's name.</summary>
internal sealed class LogForkedException(string path) : Exception($"What was shipped as {path} is not what this log holds.")
{
    public string Path { get; } = path;
}

/// <summary>Ships one segment. What of it is in the store is known from the store alone. Used by one thread.</summary>
internal sealed class SegmentShipment
{
    private readonly string _log;
    private readonly Segment _segment;
    private readonly IShippingStore _store;
    private readonly int _partBytesMax;
    private readonly ILogger _logger;
    private readonly HashSet<LogPart> _present;
    private List<LogPart> _cover;

    /// <param name="present">The segment's parts in the store.</param>
    public SegmentShipment(string log, Segment segment, IShippingStore store, int partBytesMax, IEnumerable<LogPart> present, ILogger logger)
    {
        (_log, _segment, _store, _partBytesMax, _logger) = (log, segment, store, partBytesMax, logger);
        _present = [.. present];
        _cover = PartPlan.Cover(_present, segment.FirstAddress);
    }

    public Segment Segment => _segment;

    /// <summary>Everything of the segment before this address is in the store.</summary>
    public long ShippedTo => _cover.Count > 0 ? _cover[^1].To : _segment.FirstAddress;

    /// <summary>Whether the segment is in the store to its end, in as few parts as it takes, each read back.</summary>
    public bool Finished { get; private set; }

    /// <summary>Whether the store says so, by the names of what it has.</summary>
    public bool SaysFinished => _segment.End > 0 && ShippedTo == _segment.End && _present.Contains(End) && !_present.Any(part => part.Kind == PartKind.Growing);

    public long BytesPut { get; private set; }

    /// <summary>Reads what an earlier process shipped of a segment that goes on: parts that are not whole are shipped anew.</summary>
    public void Verify()
    {
        var known = new HashSet<LogPart>();
        while (_cover.FirstOrDefault(part => part.To <= SegmentEnd() && !known.Contains(part)) is { To: > 0 } next)
        {
            if (IsThere(next))
            {
                known.Add(next);
                continue;
            }

            // What it hid may hold the same addresses.
            _present.Remove(next);
            _cover = PartPlan.Cover(_present, _segment.FirstAddress);
        }
    }

    /// <summary>Ships what there is up to an address, a part at a time.</summary>
    public void ShipTo(long to, CancellationToken cancellation)
    {
        while (ShippedTo < to)
        {
            cancellation.ThrowIfCancellationRequested();
            var next = FrameEnd(ShippedTo, to);
            var from = PartPlan.Begin(_cover, ShippedTo, next, _partBytesMax);
            var part = new LogPart(_segment.BaseAddress, from, next, PartKind.Growing);
            Put(part);
            _present.Add(part);
            foreach (var superseded in _present.Where(other => other != part && part.Covers(other)).ToList())
            {
                _store.Delete(superseded.Path(_log));
                _present.Remove(superseded);
            }

            _cover = PartPlan.Cover(_present, _segment.FirstAddress);
        }
    }

    /// <summary>Ships a closed-off segment whole, in parts as large as they may be. Only once all are read back, the store is told that they are all, and smaller ones go.</summary>
    public void Finish(CancellationToken cancellation)
    {
        var end = _segment.End;
        if (ShippedTo > end)
        {
            // The store has more of the segment than this silo: it lost records, and wrote on elsewhere.
            Finished = true;
            return;
        }

        List<LogPart> whole = [];
        for (var at = _segment.FirstAddress; at < end;)
        {
            cancellation.ThrowIfCancellationRequested();
            var to = FrameEnd(at, end);
            var part = new LogPart(_segment.BaseAddress, at, to, PartKind.Whole);
            if (Put(part) && !IsThere(part))
            {
                throw new IOException($"{_store.Place} does not give {part.Path(_log)} back as it was put.");
            }

            whole.Add(part);
            at = to;
        }

        Put(End);

        // As the store has it now: with parts that came late.
        foreach (var other in _store.List(LogPart.SegmentFolder(_log, _segment.BaseAddress), "").Select(path => (Path: path, Part: LogPart.Parse(path))))
        {
            if (other.Part is { } part && part != End && !whole.Contains(part))
            {
                _store.Delete(other.Path);
            }
        }

        (_cover, Finished) = (whole, true);
    }

    private LogPart End => new(_segment.BaseAddress, _segment.End, _segment.End, PartKind.End);

    private long SegmentEnd() => _segment.End > 0 ? _segment.End : _segment.Limit;

    // Where the last frame ends that a part from an address on may hold; at least one frame.
    private long FrameEnd(long from, long to)
    {
        if (to - from <= _partBytesMax)
        {
            return to;
        }

        using var cursor = new FrameCursor(_segment, from, to);
        var end = from;
        while (cursor.MoveNext() && (end == from || cursor.Next - from <= _partBytesMax))
        {
            end = cursor.Next;
        }

        return end == from ? to : end;
    }

    /// <returns>False: it was there, the same to the last byte.</returns>
    private bool Put(LogPart part)
    {
        var path = part.Path(_log);
        var put = true;
        WithBytes(part, bytes =>
        {
            if (_store.PutIfAbsent(path, bytes))
            {
                BytesPut += part.Bytes;
                return;
            }

            put = false;
            var there = PartBytes.Parse(path, part, _store.Read(path));
            if (there is null)
            {
                ShippingLog.PartTorn(_logger, path);
                _store.Put(path, bytes);
                (BytesPut, put) = (BytesPut + part.Bytes, true);
            }
            else if (!there.Frames.SequenceEqual(bytes.Span[PartBytes.HeaderBytes..]))
            {
                throw new LogForkedException(path);
            }
        });
        return put;
    }

    private bool IsThere(LogPart part)
    {
        var path = part.Path(_log);
        if (PartBytes.Parse(path, part, _store.Read(path)) is not { } there)
        {
            ShippingLog.PartTorn(_logger, path);
            return false;
        }

        WithBytes(part, bytes =>
        {
            if (!there.Frames.SequenceEqual(bytes.Span[PartBytes.HeaderBytes..]))
            {
                throw new LogForkedException(path);
            }
        });
        return true;
    }

    private void WithBytes(LogPart part, Action<ReadOnlyMemory<byte>> use)
    {
        var length = PartBytes.HeaderBytes + (int)part.Bytes;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            for (var at = PartBytes.HeaderBytes; at < length;)
            {
                var read = _segment.Read(part.From + at - PartBytes.HeaderBytes, buffer.AsSpan(at, length - at));
                at += read > 0 ? read : throw new EndOfStreamException($"{_segment.Path} is shorter than its records.");
            }

            PartBytes.WriteHeader(buffer.AsSpan(0, length), part, _segment.Salt, _segment.GapFrom);
            use(buffer.AsMemory(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
