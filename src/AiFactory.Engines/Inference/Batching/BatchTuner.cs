namespace AiFactory.Engines.Inference.Batching;

/// <summary>What became of one batch.</summary>
/// <param name="Nanoseconds">Computing time.</param>
/// <param name="StartedAt">In nanoseconds, on any clock that goes forward.</param>
/// <param name="WorstNanoseconds">Longest time from a message's arrival to the batch's end.</param>
/// <param name="ObjectiveNanoseconds">Shortest latency objective of its messages.</param>
/// <param name="More">Whether messages stayed behind because the batch was full.</param>
internal readonly record struct BatchObservation(int Rows, long Nanoseconds, long StartedAt, long WorstNanoseconds, long ObjectiveNanoseconds, bool More);

/// <summary>Learns for one model how long batches take, how large they should be, and whether to hold them back. Measures, moves, keeps. No thread safety.</summary>
internal sealed class BatchTuner
{
    // Refusing by an estimate keeps it from being measured again, so it holds only for a while.
    private const long FreshNanoseconds = 250_000_000;

    private readonly BatchCurve _curve = new();
    private readonly LimitClimb _limit;
    private readonly HoldTrial _hold;
    private long _lastStart = long.MinValue / 2;
    private long _lastEnd = long.MinValue / 2;

    public BatchTuner(BatchingOptions options)
    {
        _limit = new(_curve, options.BatchRowsMax, options.TunedRowsMax);
        _hold = new(_curve, options.HoldMicrosecondsMax * 1000L);
    }

    /// <summary>Rows that a batch of several messages may have at present.</summary>
    public int RowsMax => _limit.Rows;

    /// <summary>The limit that measured best so far.</summary>
    public int KeptRowsMax => _limit.Kept;

    /// <summary>How long a batch that is not full is held back at present; 0: not at all.</summary>
    public long HoldNanoseconds => _hold.Nanoseconds;

    /// <summary>Nanoseconds that so many rows take, in batches as large as may be; 0 while nothing is measured.</summary>
    public long Expected(int rows)
    {
        var (full, rest) = (rows / RowsMax, rows % RowsMax);
        return (long)((full > 0 ? full * _curve.Nanoseconds(RowsMax) : 0) + (rest > 0 ? _curve.Nanoseconds(rest) : 0));
    }

    /// <summary>As <see cref="Expected"/>, but 0 too when no batch was measured lately.</summary>
    public long ExpectedSurely(int rows, long now) => now - _lastEnd > FreshNanoseconds ? 0 : Expected(rows);

    /// <summary>Notes when a message of the next batch to be observed arrived.</summary>
    public void Arrived(long at, int rows) => _hold.Count(at - _lastStart, rows);

    public void Observe(in BatchObservation batch)
    {
        _curve.Add(batch.Rows, batch.Nanoseconds);
        _limit.Observe(batch.Rows, batch.More, batch.ObjectiveNanoseconds);
        _hold.Observe(batch.Rows, batch.Nanoseconds, batch.WorstNanoseconds, batch.StartedAt, batch.ObjectiveNanoseconds);
        (_lastStart, _lastEnd) = (batch.StartedAt, batch.StartedAt + batch.Nanoseconds);
    }
}
