namespace AiFactory.Engines.Inference.Batching;

/// <summary>The jobs that wait for one model, by class. Used under the device's lock.</summary>
internal sealed class JobQueue(BatchTuner tuner) : IWaitingRows
{
    public const int Classes = 3;

    private readonly JobRing[] _classes = [new(), new(), new()];

    /// <summary>Jobs, those cancelled among them.</summary>
    public int Count => _classes[0].Count + _classes[1].Count + _classes[2].Count;

    /// <summary>Whether it stands among the queues to plan over.</summary>
    public bool IsListed { get; set; }

    public BatchTuner Tuner => tuner;

    public int RowsMax => tuner.RowsMax;

    public long HoldNanoseconds => tuner.HoldNanoseconds;

    public int CountOf(int priority) => _classes[priority].Count;

    public WaitingMessage At(int priority, int index, long now)
    {
        var job = _classes[priority][index];
        return new(job.Arrival, job.ArrivedAt, job.State == JobState.Cancelled || IsHopeless(job, now) ? 0 : job.Rows);
    }

    /// <summary>Whether a waiting job would not be done by its deadline, even if it ran alone and at once.</summary>
    public bool IsHopeless(InferenceJob job, long now) => job.DeadlineAt != long.MaxValue && job.DeadlineAt - now < Math.Max(1, tuner.ExpectedSurely(job.Rows, now));

    /// <summary>Rows that go before or with a message of that class.</summary>
    public int RowsUpTo(int priority)
    {
        var rows = 0;
        for (var i = 0; i <= priority; i++)
        {
            rows += _classes[i].Rows;
        }

        return rows;
    }

    public void Enqueue(InferenceJob job) => _classes[job.Class].Enqueue(job);

    public InferenceJob Dequeue(int priority) => _classes[priority].Dequeue();

    /// <summary>Notes that a job of this queue was cancelled.</summary>
    public void Cancelled(InferenceJob job) => _classes[job.Class].Cancelled(job);
}
