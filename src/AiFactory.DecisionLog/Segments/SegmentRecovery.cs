using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog.Segments;

/// <param name="Segments">Segments that hold or held records, oldest first.</param>
/// <param name="Spares">Segments made ahead that nothing was written to yet.</param>
/// <param name="Tail">Address just after the last record; 0 when there is none.</param>
/// <param name="Growing">Whether the last of <paramref name="Segments"/> can take more records.</param>
internal sealed record RecoveredLog(List<Segment> Segments, Queue<Segment> Spares, long Tail, bool Growing);

/// <summary>
/// Finds where the log ends. Closed-off segments are trusted until they are read. In others everything valid is kept: bytes that are not a valid record are
/// reported and passed over where a valid record follows, and cut off (zeroed) where none does, so that an old frame cannot come back to life behind a new one.
/// </summary>
internal static class SegmentRecovery
{
    public static RecoveredLog Recover(string folder, List<Segment> found, ILogger logger)
    {
        var ends = found.ConvertAll(segment => segment.End > 0 ? segment.End : FindEnd(segment, logger));
        var last = ends.FindLastIndex(end => end > 0);
        if (last < found.Count - 1 && (last < 0 || found[last].End > 0))
        {
            last++; // The last closed-off segment is followed by one made ahead: that is where the log goes on.
        }

        ReportGaps(found, logger);
        for (var i = 0; i < last; i++)
        {
            if (found[i].End == 0)
            {
                CloseOff(found[i], ends[i], logger);
            }
        }

        var tail = found.Zip(ends).Where(pair => pair.Second > pair.First.FirstAddress).Select(pair => pair.Second).LastOrDefault();
        var growing = last >= 0 && found[last].End == 0 && found[last].Capacity >= Segment.CapacityMin;
        if (growing)
        {
            tail = Replay(folder, found[last], ends[last], tail);
        }

        return new RecoveredLog(found[..(last + 1)], new Queue<Segment>(found[(last + 1)..]), tail, growing);
    }

    // What was acknowledged but had not gone on to the segment when the process died.
    private static long Replay(string folder, Segment growing, long end, long tail)
    {
        var from = Math.Max(end, growing.FirstAddress);
        var replayed = AppendRing.Replay(folder, growing, from);
        if (replayed == from)
        {
            return tail;
        }

        growing.FlushToDisk(); // Before the ring begins anew.
        return replayed;
    }

    /// <summary>Address after the last valid record of a segment that is not closed off; 0 when it holds none.</summary>
    private static long FindEnd(Segment segment, ILogger logger)
    {
        using var cursor = new FrameCursor(segment, segment.FirstAddress, segment.Limit);
        long end = 0;
        while (cursor.MoveNext())
        {
            Report(segment, cursor.Skipped, logger);
            end = cursor.Next;
        }

        var from = end == 0 ? segment.FirstAddress : end;
        var contentEnd = cursor.EndOfContent(from);
        if (contentEnd > from)
        {
            DecisionLogLog.TailCut(logger, segment.Path, from, contentEnd - from);
            segment.Write(from, new byte[contentEnd - from]);
        }

        return end;
    }

    public static void Report(IFrameBytes segment, Damage damage, ILogger logger)
    {
        if (damage.To > damage.From)
        {
            DecisionLogLog.Corrupt(logger, segment.Path, damage.From, damage.To);
        }
    }

    private static void CloseOff(Segment segment, long end, ILogger logger)
    {
        end = Math.Max(end, segment.FirstAddress);
        DecisionLogLog.SealedLate(logger, segment.Path, end);
        segment.Seal(end);
        segment.FlushToDisk();
    }

    private static void ReportGaps(List<Segment> found, ILogger logger)
    {
        for (var i = 1; i < found.Count; i++)
        {
            if (found[i].BaseAddress != found[i - 1].NextBase && found[i].GapFrom == 0)
            {
                DecisionLogLog.SegmentMissing(logger, found[i - 1].NextBase, found[i].BaseAddress);
            }
        }
    }
}
