namespace AiFactory.Engines.Inference.Batching;

/// <summary>
/// Finds whether holding a batch back a little for more rows pays. It counts which rows came soon after the batch before theirs had begun, and so would have
/// joined it; where the curve of computing times says that this gains a twentieth, it is tried, off and on in turn for a window of batches each. A hold is
/// kept only if it wins twice, by rows a second or by latency, and goes as soon as it wins no more. The default is not to hold.
/// </summary>
internal sealed class HoldTrial(BatchCurve curve, long maxNanoseconds)
{
    private const int Window = 64;
    private const int Candidates = 4;
    private const int WinsMin = 2;
    private const int CheckPeriod = 32;
    private const int PauseMin = 4;
    private const int PauseMax = 4096;
    private const double GainMin = 1.05;
    private const double Better = 1.03;
    private const double AsGood = 1.01;
    private const int ObjectiveShare = 20;

    private readonly double[] _early = new double[Candidates];
    private Phase _phase = Phase.Off;
    private long _candidate;
    private int _wins;
    private int _windows = PauseMin;
    private int _pause = PauseMin;
    private Tally _tally;
    private Tally _other;
    private double _adoptedRows;

    private enum Phase
    {
        /// <summary>Not held, and nothing is tried.</summary>
        Off,

        /// <summary>A try: held.</summary>
        TryOn,

        /// <summary>A try: not held, for comparison.</summary>
        TryOff,

        /// <summary>Held.</summary>
        On,

        /// <summary>Held as a rule, but not at present, for comparison.</summary>
        CheckOff,
    }

    /// <summary>In force now; 0: a batch leaves at once.</summary>
    public long Nanoseconds => _phase is Phase.TryOn or Phase.On ? _candidate : 0;

    /// <summary>Counts rows that came so long after the batch before theirs began.</summary>
    public void Count(long nanosecondsAfter, int rows)
    {
        for (var i = Candidates - 1; i >= 0 && nanosecondsAfter <= Hold(i); i--)
        {
            _early[i] += rows;
        }
    }

    /// <param name="worstNanoseconds">Longest time from a message's arrival to the batch's end.</param>
    /// <param name="startedAt">Of the batch, in nanoseconds.</param>
    public void Observe(int rows, long nanoseconds, long worstNanoseconds, long startedAt, long objectiveNanoseconds)
    {
        if (maxNanoseconds <= 0)
        {
            return;
        }

        if (_tally.Batches == 0)
        {
            _tally.From = startedAt;
        }

        _tally.Rows += rows;
        _tally.Latency += worstNanoseconds;
        _tally.To = startedAt + nanoseconds;
        if (++_tally.Batches < Window)
        {
            return;
        }

        End(objectiveNanoseconds);
        _tally = default;
        Array.Clear(_early);
    }

    private void End(long objective)
    {
        switch (_phase)
        {
            case Phase.Off:
                if (--_windows <= 0 && Candidate(objective) is > 0 and var candidate)
                {
                    (_candidate, _wins, _other, _phase) = (candidate, 0, _tally, Phase.TryOn);
                }

                break;
            case Phase.TryOn when !Wins(_tally, _other, objective):
                Drop();
                break;
            case Phase.TryOn when ++_wins >= WinsMin:
                (_phase, _windows, _pause, _adoptedRows) = (Phase.On, CheckPeriod, PauseMin, _tally.RowsMean);
                break;
            case Phase.TryOn:
                _phase = Phase.TryOff;
                break;
            case Phase.TryOff:
                (_other, _phase) = (_tally, Phase.TryOn);
                break;
            case Phase.On when _tally.RowsMean < _adoptedRows / 2:
                // The traffic that it was for is over.
                Drop();
                break;
            case Phase.On when --_windows <= 0:
                (_other, _phase) = (_tally, Phase.CheckOff);
                break;
            case Phase.CheckOff when Wins(_other, _tally, objective):
                (_phase, _windows) = (Phase.On, CheckPeriod);
                break;
            case Phase.CheckOff:
                Drop();
                break;
        }
    }

    private void Drop()
    {
        _pause = Math.Min(PauseMax, _pause * 2);
        (_phase, _windows) = (Phase.Off, _pause);
    }

    private static bool Wins(in Tally on, in Tally off, long objective) =>
        (on.Rate >= Better * off.Rate && (on.LatencyMean <= off.LatencyMean * Better || on.LatencyMean <= objective / 2.0))
        || (on.LatencyMean * Better <= off.LatencyMean && on.Rate * AsGood >= off.Rate);

    // The hold with the best predicted rate; 0: none pays.
    private long Candidate(long objective)
    {
        var rows = _tally.RowsMean;
        var (best, hold) = (GainMin * rows / curve.Interpolated(rows), 0L);
        for (var i = 0; i < Candidates; i++)
        {
            var more = rows + (_early[i] / Window);
            var rate = more / (curve.Interpolated(more) + Hold(i));
            if (rate > best && Hold(i) <= objective / ObjectiveShare)
            {
                (best, hold) = (rate, Hold(i));
            }
        }

        return hold;
    }

    private long Hold(int candidate) => maxNanoseconds >> (Candidates - 1 - candidate);

    private struct Tally
    {
        public int Batches;
        public long Rows;
        public double Latency;
        public long From;
        public long To;

        public readonly double RowsMean => (double)Rows / Math.Max(1, Batches);

        public readonly double Rate => Rows / Math.Max(1.0, To - From);

        public readonly double LatencyMean => Latency / Math.Max(1, Batches);
    }
}
