namespace AiFactory.Engines.Inference.Batching;

/// <summary>A growing ring of jobs that wait for one model. Used under the device's lock.</summary>
internal sealed class JobQueue : IWaitingRows
{
    private InferenceJob[] _ring = new InferenceJob[64];
    private int _head;

    public int Count { get; private set; }

    public long FirstArrival => _ring[_head].Arrival;

    public int RowsAt(int index)
    {
        var job = _ring[(_head + index) & (_ring.Length - 1)];
        return job.IsCancelled ? 0 : job.Rows;
    }

    public void Enqueue(InferenceJob job)
    {
        if (Count == _ring.Length)
        {
            Resize(_ring.Length * 2);
        }

        _ring[(_head + Count++) & (_ring.Length - 1)] = job;
    }

    public InferenceJob Dequeue()
    {
        var job = _ring[_head];
        _ring[_head] = null!;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        return job;
    }

    /// <summary>The waiting job of a message, or null.</summary>
    public InferenceJob? Find(long messageId)
    {
        for (var i = 0; i < Count; i++)
        {
            var job = _ring[(_head + i) & (_ring.Length - 1)];
            if (job.MessageId == messageId)
            {
                return job;
            }
        }

        return null;
    }

    /// <summary>Drops jobs whose callers have given up.</summary>
    /// <returns>Their rows.</returns>
    public int DropCancelled()
    {
        var dropped = 0;
        for (var left = Count; left > 0; left--)
        {
            var job = Dequeue();
            if (job.IsCancelled)
            {
                dropped += job.Rows;
            }
            else
            {
                Enqueue(job);
            }
        }

        return dropped;
    }

    private void Resize(int size)
    {
        var ring = new InferenceJob[size];
        for (var i = 0; i < Count; i++)
        {
            ring[i] = _ring[(_head + i) & (_ring.Length - 1)];
        }

        (_ring, _head) = (ring, 0);
    }
}
