namespace AiFactory.Grains.Workers.Training;

/// <summary>Pieces that the previous rank sent and the shard has not taken yet, in sequence whatever order they arrive in.</summary>
internal sealed class RingInbox
{
    private readonly Dictionary<long, byte[]> _pieces = [];
    private readonly object _gate = new();
    private long _next;

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
    public byte[] Take(CancellationToken cancellation)
    {
        using var wake = cancellation.UnsafeRegister(static inbox => ((RingInbox)inbox!).Wake(), this);
        lock (_gate)
        {
            byte[]? piece;
            while (!_pieces.Remove(_next, out piece))
            {
                cancellation.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }

            _next++;
            return piece;
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
