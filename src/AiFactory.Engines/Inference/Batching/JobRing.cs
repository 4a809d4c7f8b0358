namespace AiFactory.Engines.Inference.Batching;

/// <summary>A growing ring of jobs, oldest first. Used under the device's lock.</summary>
internal sealed class JobRing
{
    private const int SizeMin = 64;

    private InferenceJob[] _ring = new InferenceJob[SizeMin];
    private int _head;
    private int _cancelled;

    /// <summary>Jobs, those cancelled among them.</summary>
    public int Count { get; private set; }

    /// <summary>Rows of those not cancelled.</summary>
    public int Rows { get; private set; }

    public InferenceJob this[int index] => _ring[(_head + index) & (_ring.Length - 1)];

    public void Enqueue(InferenceJob job)
    {
        if (Count == _ring.Length)
        {
            Resize(_ring.Length * 2);
        }

        _ring[(_head + Count++) & (_ring.Length - 1)] = job;
        Rows += job.Rows;
    }

    public InferenceJob Dequeue()
    {
        var job = _ring[_head];
        _ring[_head] = null!;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        if (job.State == JobState.Cancelled)
        {
            _cancelled--;
        }
        else
        {
            Rows -= job.Rows;
        }

        return job;
    }

    /// <summary>Notes that a job in the ring was cancelled. The cancelled are swept out when they are the greater part, so that each costs the same.</summary>
    public void Cancelled(InferenceJob job)
    {
        Rows -= job.Rows;
        if (++_cancelled * 2 <= Count || (Count < SizeMin && _cancelled < Count))
        {
            return;
        }

        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            var candidate = this[i];
            if (candidate.State != JobState.Cancelled)
            {
                _ring[(_head + kept++) & (_ring.Length - 1)] = candidate;
            }
        }

        for (var i = kept; i < Count; i++)
        {
            _ring[(_head + i) & (_ring.Length - 1)] = null!;
        }

        (Count, _cancelled) = (kept, 0);
        if (_ring.Length > SizeMin && kept < _ring.Length / 8)
        {
            Resize(Math.Max(SizeMin, _ring.Length / 4));
        }
    }

    private void Resize(int size)
    {
        var ring = new InferenceJob[size];
        for (var i = 0; i < Count; i++)
        {
            ring[i] = this[i];
        }

        (_ring, _head) = (ring, 0);
    }
}
