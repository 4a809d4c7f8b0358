using AiFactory.DecisionLog.Codec;
using AiFactory.DecisionLog.Segments;
using AiFactory.Domain.Decisions;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog.Shipping;

/// <summary>
/// One log as the store has it. What parts there are is listed when it is needed and remembered; a part that was joined to others meanwhile is looked for anew. A part
/// that is not whole is passed over for another that holds the same addresses.
/// </summary>
internal sealed class ShippedLog(string name, IShippingStore store, PartCache cache, ILogger logger)
{
    private readonly Lock _gate = new();
    private SortedList<long, List<LogPart>> _parts = [];

    public string Name => name;

    /// <summary>Address just after the last shipped record, as of now; 0 when nothing was shipped.</summary>
    /// <param name="fromBase">A segment's base address: nothing before it is looked at.</param>
    public long Tail(long fromBase = 0) => Parts(fromBase).Where(part => part.Bytes > 0).Select(part => part.To).DefaultIfEmpty().Max();

    /// <summary>As <see cref="Tail"/>, of what was read back whole: a put that tore may have left a name that promises more.</summary>
    public long WholeTail(long fromBase = 0) =>
        Parts(fromBase).Where(part => part.Bytes > 0).OrderByDescending(part => part.To).FirstOrDefault(part => Fetch(part) is not null).To;

    /// <summary>Whether a silo of this name ever wrote.</summary>
    public bool Began() => store.List(LogPart.LogFolder(name), "").Count > 0;

    /// <summary>Takes an address from which nobody of this name has written; false when somebody has.</summary>
    public bool TryBegin(long segmentBase) => store.PutIfAbsent(LogPart.BeginPath(name, segmentBase), "begun"u8.ToArray());

    /// <summary>Each time the cursor stands on the next record; disposed by whoever enumerates to the next.</summary>
    /// <param name="from">Address of a record, or before the first.</param>
    public IEnumerable<FrameCursor> Frames(long from, long to)
    {
        var at = from;
        while (at < to && Next(ref at, to) is { } part)
        {
            using var cursor = new FrameCursor(part, at, Math.Min(to, part.Part.To));
            while (cursor.MoveNext())
            {
                SegmentRecovery.Report(part, cursor.Skipped, logger);
                yield return cursor;
            }

            at = Math.Min(to, part.Part.To);
        }
    }

    public LogRecord? Read(long address)
    {
        if (address <= 0 || address % Frame.Alignment != 0 || Holding(address) is not { } part)
        {
            return null;
        }

        using var cursor = new FrameCursor(part, address, part.Part.To, windowBytes: 4096);
        return cursor.TryReadHere() ? RecordCodec.Decode(cursor.Payload) : null;
    }

    /// <summary>All parts of segments at or after an address, as they are now.</summary>
    public List<LogPart> Parts(long fromBase)
    {
        var after = fromBase > 0 ? LogPart.SegmentFolder(name, fromBase - 1) + "/~" : "";
        return [.. store.List(LogPart.LogFolder(name), after).Select(LogPart.Parse).OfType<LogPart>()];
    }

    /// <summary>A part read whole and checked; null when it is not there, or not whole.</summary>
    public PartBytes? Fetch(LogPart part)
    {
        var path = part.Path(name);
        if (cache.Find(path) is { } known)
        {
            return known;
        }

        var content = store.Read(path);
        if (PartBytes.Parse(path, part, content) is { } read)
        {
            cache.Add(read);
            return read;
        }

        if (content is not null)
        {
            ShippingLog.PartTorn(logger, path);
        }

        return null;
    }

    // The part that holds the record at an address, or, where none does, the next there is.
    private PartBytes? Next(ref long at, long to)
    {
        if (Holding(at) is { } part)
        {
            return part;
        }

        var from = at;
        foreach (var later in Known().Values.SelectMany(parts => parts).Where(later => later.From > from && later.From < to && later.Bytes > 0).OrderBy(later => later.From).ThenByDescending(later => later.To))
        {
            if (Fetch(later) is { } found)
            {
                // Addresses follow each other but for the header of the next segment, and where the log began anew.
                at = later.From;
                return found;
            }
        }

        return null;
    }

    private PartBytes? Holding(long address) => Holding(Known(), address) ?? Holding(Refresh(), address);

    private PartBytes? Holding(SortedList<long, List<LogPart>> known, long address)
    {
        var at = LastAtOrBefore(known.Keys, address);
        return at < 0
            ? null
            : known.Values[at].Where(part => part.From <= address && part.To > address).OrderByDescending(part => part.To).Select(Fetch).FirstOrDefault(part => part is not null);
    }

    private SortedList<long, List<LogPart>> Known()
    {
        lock (_gate)
        {
            if (_parts.Count > 0)
            {
                return _parts;
            }
        }

        return Refresh();
    }

    private SortedList<long, List<LogPart>> Refresh()
    {
        var parts = new SortedList<long, List<LogPart>>();
        foreach (var segment in Parts(0).GroupBy(part => part.Base))
        {
            parts.Add(segment.Key, [.. segment]);
        }

        lock (_gate)
        {
            return _parts = parts;
        }
    }

    private static int LastAtOrBefore(IList<long> bases, long address)
    {
        var (low, high) = (0, bases.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = bases[middle] <= address ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }
}
