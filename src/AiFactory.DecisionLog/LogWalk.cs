using AiFactory.DecisionLog.Codec;
using AiFactory.DecisionLog.Segments;
using AiFactory.DecisionLog.Shipping;
using AiFactory.Domain.Decisions;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog;

/// <summary>Reads a log: its segments here, and what is not here any more, or never was, from where it was shipped to.</summary>
/// <param name="shipped">Null: what is not here is nowhere.</param>
internal sealed class LogWalk(ShippedLog? shipped, ILogger logger)
{
    public LogRecord? Read(Segment[] segments, long address, long tail)
    {
        if (address >= tail || address % Frame.Alignment != 0)
        {
            return null;
        }

        var segment = Array.FindLast(segments, candidate => candidate.BaseAddress <= address);
        if (segment is null || address >= (segment.End > 0 ? segment.End : segment.Limit))
        {
            return shipped?.Read(address);
        }

        if (address < segment.FirstAddress)
        {
            return null;
        }

        using var cursor = new FrameCursor(segment, address, Math.Min(tail, segment.Limit), windowBytes: 4096);
        return cursor.TryReadHere() ? RecordCodec.Decode(cursor.Payload) : null;
    }

    /// <summary>Each time the cursor stands on the next record.</summary>
    public IEnumerable<FrameCursor> Frames(Segment[] segments, long from, long tail)
    {
        var (covered, follows) = (0L, 0L);
        foreach (var segment in segments)
        {
            if (segment.BaseAddress != follows)
            {
                foreach (var cursor in Shipped(Math.Max(from, covered), segment.BaseAddress))
                {
                    yield return cursor;
                }
            }

            var end = segment.End;
            (covered, follows) = (end > 0 ? end : segment.Limit, segment.NextBase);
            var limit = Math.Min(tail, covered);
            if (limit <= Math.Max(from, segment.FirstAddress))
            {
                continue;
            }

            using var here = new FrameCursor(segment, from, limit);
            while (here.MoveNext())
            {
                SegmentRecovery.Report(segment, here.Skipped, logger);
                yield return here;
            }

            SegmentRecovery.Report(segment, here.Skipped, logger);
        }

        foreach (var cursor in Shipped(Math.Max(from, covered), tail))
        {
            yield return cursor;
        }
    }

    private IEnumerable<FrameCursor> Shipped(long from, long to) => shipped is not null && from < to ? shipped.Frames(from, to) : [];
}
