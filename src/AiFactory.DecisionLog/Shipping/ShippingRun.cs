using AiFactory.DecisionLog.Segments;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog.Shipping;

/// <summary>What is done at each turn of the shipper: ship the segments that are here, the oldest first, and drop what may go. Used by one thread.</summary>
internal sealed class ShippingRun(
    SegmentedDecisionLog log, ShippedLog shipped, IShippingStore store, Func<IEnumerable<ILogConsumer>> consumers, ShippingOptions options, long bytesMax, ILogger logger)
{
    // Base addresses of segments known to be in the store whole; those read back by this process may be dropped.
    private readonly HashSet<long> _finished = [];
    private readonly HashSet<long> _verified = [];
    private SegmentShipment? _current;
    private bool _looked;
    private long _shippedTo;
    private long _bytesPut;
    private long _segmentsDropped;

    public long ShippedTo => Volatile.Read(ref _shippedTo);

    public long BytesPut => Volatile.Read(ref _bytesPut);

    public long SegmentsDropped => Volatile.Read(ref _segmentsDropped);

    /// <summary>Bytes of the segments here that lie after what is shipped.</summary>
    public long LagBytes
    {
        get
        {
            var (from, tail) = (ShippedTo, log.Tail);
            return log.Segments.Sum(segment => Math.Max(0, Math.Min(tail, segment.End > 0 ? segment.End : segment.Limit) - Math.Max(from, segment.FirstAddress)));
        }
    }

    /// <summary>Ships all that is synced.</summary>
    /// <exception cref="LogForkedException">Another log was shipped under this name.</exception>
    public void Ship(CancellationToken cancellation)
    {
        if (!_looked)
        {
            Look();
        }

        var synced = log.SyncedTail;
        foreach (var segment in log.Segments)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_finished.Contains(segment.BaseAddress) || synced <= segment.FirstAddress)
            {
                continue;
            }

            var shipment = _current?.Segment == segment ? _current : Begin(segment, shipped.Parts(segment.BaseAddress));
            Ship(shipment, synced, cancellation);
        }

        DropWhatMayGo(cancellation);
    }

    /// <summary>After a failure what the store has is asked anew.</summary>
    public void Forget()
    {
        _finished.Clear();
        (_current, _looked) = (null, false);
    }

    private void Look()
    {
        var segments = log.Segments;
        if (segments.Count > 0)
        {
            var parts = shipped.Parts(segments[0].BaseAddress);
            foreach (var segment in segments)
            {
                var shipment = Begin(segment, parts);
                if (shipment.SaysFinished)
                {
                    _finished.Add(segment.BaseAddress);
                    Volatile.Write(ref _shippedTo, shipment.ShippedTo);
                }
            }
        }

        (_current, _looked) = (null, true);
    }

    private SegmentShipment Begin(Segment segment, List<LogPart> parts)
    {
        var present = parts.Where(part => part.Base == segment.BaseAddress).ToList();
        return new SegmentShipment(log.Name, segment, store, options.PartBytesMax, present, logger);
    }

    private void Ship(SegmentShipment shipment, long synced, CancellationToken cancellation)
    {
        if (_current != shipment)
        {
            shipment.Verify();
            _current = shipment;
        }

        var before = shipment.BytesPut;
        try
        {
            var end = shipment.Segment.End;
            if (end > 0 && end <= synced)
            {
                shipment.Finish(cancellation);
                _finished.Add(shipment.Segment.BaseAddress);
                _verified.Add(shipment.Segment.BaseAddress);
            }
            else
            {
                shipment.ShipTo(Math.Min(synced, shipment.Segment.Limit), cancellation);
            }

            Volatile.Write(ref _shippedTo, Math.Max(ShippedTo, shipment.ShippedTo));
        }
        finally
        {
            Volatile.Write(ref _bytesPut, BytesPut + shipment.BytesPut - before);
        }
    }

    private void DropWhatMayGo(CancellationToken cancellation)
    {
        while (options.DropShipped && log.Bytes > bytesMax / 2 && log.Segments is [{ End: > 0 } oldest, _, ..] && _finished.Contains(oldest.BaseAddress)
            && consumers().Select(consumer => consumer.Position).DefaultIfEmpty(long.MaxValue).Min() >= oldest.End)
        {
            if (!_verified.Contains(oldest.BaseAddress))
            {
                var shipment = Begin(oldest, shipped.Parts(oldest.BaseAddress));
                shipment.Finish(cancellation);
                _verified.Add(oldest.BaseAddress);
            }

            log.Drop(oldest);
            _finished.Remove(oldest.BaseAddress);
            _verified.Remove(oldest.BaseAddress);
            Volatile.Write(ref _segmentsDropped, SegmentsDropped + 1);
            ShippingLog.Dropped(logger, log.Name, oldest.Path);
        }
    }
}
