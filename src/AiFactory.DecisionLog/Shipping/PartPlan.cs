namespace AiFactory.DecisionLog.Shipping;

/// <summary>Which parts a segment is shipped in. Pure.</summary>
internal static class PartPlan
{
    /// <summary>
    /// Where the next part of a growing segment begins: at the first new frame, or, taking parts before it along that are not more than twice as large as what has
    /// gathered, further back. So each part that stays is more than twice as large as the next, there are few, and each byte is put a few times at most.
    /// </summary>
    /// <param name="cover">Parts that hold the segment from its first frame on, in order.</param>
    /// <param name="shipped">Address up to which they do.</param>
    /// <param name="bytesMax">Parts are not joined beyond this size.</param>
    public static long Begin(IReadOnlyList<LogPart> cover, long shipped, long to, long bytesMax)
    {
        var from = shipped;
        for (var i = cover.Count - 1; i >= 0 && cover[i].Bytes <= 2 * (to - from) && to - cover[i].From <= bytesMax; i--)
        {
            from = Math.Min(from, cover[i].From);
        }

        return from;
    }

    /// <summary>Fewest parts that hold a segment without a hole from an address on: as many as there are.</summary>
    /// <param name="parts">Of one segment, in any order, overlapping or superseded ones among them.</param>
    public static List<LogPart> Cover(IEnumerable<LogPart> parts, long first)
    {
        var cover = new List<LogPart>();
        var (at, best) = (first, default(LogPart));
        foreach (var part in parts.OrderBy(part => part.From))
        {
            if (part.From > at && best.To > at)
            {
                cover.Add(best);
                at = best.To;
            }

            if (part.From > at)
            {
                break;
            }

            best = part.To > best.To || (part.To == best.To && part.Kind > best.Kind) ? part : best;
        }

        if (best.To > at)
        {
            cover.Add(best);
        }

        return cover;
    }
}
