using AiFactory.Domain.Refusals;

namespace AiFactory.Grains.Workers.Training;

/// <summary>Pieces that the previous rank sent and the shard has not taken yet, in sequence whatever order they arrive in.</summary>
internal sealed class RingInbox
{
    private readonly Dictionary<long, byte[]> _pieces = [];
    private readonly object _gate = new();
    private long _next;
    private RefusedException? _broken;

    public void Post(long sequence, byte[] piece)
    {
        lock (_gate)
        {
            // A piece delivered twice is the same piece.
            if (sequence >= _next && _pieces.TryAdd(sequence, piece))
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits for the next piece in sequence.</summary>
    /// <exception cref="OperationCanceledException">Cancelled first.</exception>
    /// <exception cref="RefusedException">Broken first.</exception>
    public byte[] Take(CancellationToken cancellation)
    {
        using var wake = cancellation.UnsafeRegister(static inbox => ((RingInbox)inbox!).Wake(), this);
        lock (_gate)
        {
            byte[]? piece;
            while (!_pieces.Remove(_next, out piece))
            {
                cancellation.ThrowIfCancellationRequested();
                ThrowIfBroken();
                Monitor.Wait(_gate);
            }

            _next++;
            return piece;
        }
    }

    /// <summary>Ends the waiting for pieces that the ring can no longer bring round.</summary>
    public void Break(RefusedException reason)
    {
        lock (_gate)
        {
            _broken ??= reason;
            Monitor.PulseAll(_gate);
        }
    }

    /// <exception cref="RefusedException">Why the ring is broken.</exception>
    public void ThrowIfBroken()
    {
        lock (_gate)
        {
            if (_broken is { } reason)
            {
                throw reason;
            }
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }
}
