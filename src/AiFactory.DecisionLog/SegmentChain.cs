using AiFactory.DecisionLog.Segments;
using AiFactory.Domain.Refusals;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog;

/// <summary>Gives the log its next segment, made ahead by the background thread where possible, within the bound on disk space.</summary>
internal sealed class SegmentChain(DecisionLogOptions options, SegmentFolder folder, RecoveredLog recovered, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Queue<Segment> _spares = recovered.Spares;
    private long _nextBase = (recovered.Spares.LastOrDefault() ?? recovered.Segments.LastOrDefault())?.NextBase ?? 0;
    private long _bytes = recovered.Segments.Concat(recovered.Spares).Sum(segment => segment.Capacity);
    private long _gapFrom;
    private bool _failed;

    /// <exception cref="RefusedException"><c>log-full</c>; nothing was written.</exception>
    public Segment Take()
    {
        lock (_gate)
        {
            if (_spares.Count == 0)
            {
                _spares.Enqueue(Create());
            }

            return _spares.Dequeue();
        }
    }

    /// <summary>Makes a spare when there is none. A failure is only logged, once: there is still room in the present segment.</summary>
    public void Prepare()
    {
        lock (_gate)
        {
            if (_spares.Count > 0)
            {
                return;
            }

            try
            {
                _spares.Enqueue(Create());
                _failed = false;
            }
            catch (RefusedException problem)
            {
                if (!_failed)
                {
                    DecisionLogLog.CannotGrow(logger, options.Folder, problem);
                }

                _failed = true;
            }
        }
    }

    /// <summary>Has the log go on at another address, in segments with a salt of their own.</summary>
    /// <param name="gapFrom">Where its addresses ended.</param>
    public void LeapTo(long baseAddress, long gapFrom)
    {
        lock (_gate)
        {
            foreach (var spare in _spares)
            {
                _bytes -= spare.Capacity;
                spare.Dispose();
                folder.Remove(spare);
            }

            _spares.Clear();
            folder.ChangeSalt();
            (_nextBase, _gapFrom) = (baseAddress, gapFrom);
        }
    }

    /// <summary>Removes a segment's file and gives its room to segments to come.</summary>
    public void Drop(Segment segment)
    {
        folder.Remove(segment);
        lock (_gate)
        {
            _bytes -= segment.Capacity;
        }
    }

    /// <summary>Bytes of all segments, spares too.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    public void CloseSpares()
    {
        lock (_gate)
        {
            foreach (var spare in _spares)
            {
                spare.Dispose();
            }
        }
    }

    private Segment Create()
    {
        if (_bytes + options.SegmentBytes > options.BytesMax)
        {
            throw LogRefusals.BoundReached(options.Folder, options.BytesMax);
        }

        try
        {
            var made = folder.Create(_nextBase, options.SegmentBytes, _gapFrom);
            (_nextBase, _gapFrom) = (made.NextBase, 0);
            _bytes += made.Capacity;
            return made;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw LogRefusals.DiskFull(options.Folder, problem);
        }
    }
}
