namespace AiFactory.Engines.Inference.Batching;

/// <summary>
/// Finds the batch limit with the most rows a second within a latency objective, by hill climbing over powers of two: while batches are full, it
/// tries half the limit, or twice where more waits, for a window of full batches and keeps it only if it measured better. Tries that fail grow rarer; a curve that changes
/// makes them frequent again. A message may come just after a batch began, so a batch may take half the objective, if one row alone can keep to that.
/// </summary>
internal sealed class LimitClimb
{
    private const int Window = 16;
    private const int IdleMax = 64;
    private const int PauseMin = 4;
    private const int PauseMax = 1024;
    private const double Better = 1.02;

    // A smaller limit also means more batches, whose cost outside of the engine is not measured here: it must be worth it beyond doubt.
    private const double SmallerBetter = 1.1;
    private const double Drift = 0.3;
    private const int KnownMin = 4;

    private readonly BatchCurve _curve;
    private readonly int _start;
    private readonly int _max;
    private int _limit;
    private int _trial;
    private int _full;
    private int _crowded;
    private int _idle;
    private int _previous;
    private int _pause = PauseMin;
    private int _rest = PauseMin;
    private bool _down;
    private double _reference;

    /// <param name="start">The limit to begin with, and to go back to when batches stay small; at least 1.</param>
    /// <param name="max">The largest limit to try.</param>
    public LimitClimb(BatchCurve curve, int start, int max) => (_curve, _start, _max, _limit) = (curve, start, max, start);

    /// <summary>Rows of the largest batch at present, tries included.</summary>
    public int Rows => _trial > 0 ? _trial : _limit;

    /// <summary>The limit that measured best so far.</summary>
    public int Kept => _limit;

    /// <param name="more">Whether messages stayed behind because the batch was full.</param>
    public void Observe(int rows, bool more, long objectiveNanoseconds)
    {
        if (_limit > 1 && _curve.Batches(_limit) >= KnownMin && !Meets(_curve.Nanoseconds(_limit), objectiveNanoseconds))
        {
            Move(Math.Max(1, _limit / 2));
            return;
        }

        if (rows * 2 <= Rows)
        {
            Idle();
            return;
        }

        (_idle, _crowded) = (0, _crowded + (more ? 1 : 0));
        if (++_full < Window)
        {
            return;
        }

        var crowded = _crowded * 2 > Window;
        (_full, _crowded) = (0, 0);
        if (_trial > 0)
        {
            Judge(objectiveNanoseconds);
            return;
        }

        Notice();
        if (--_rest <= 0)
        {
            Try(crowded, objectiveNanoseconds);
        }
    }

    // A limit far above what comes teaches nothing about itself: it goes back towards where it began.
    private void Idle()
    {
        if (++_idle <= IdleMax)
        {
            return;
        }

        _idle = 0;
        if (_trial > 0)
        {
            Reject();
        }
        else if (_limit > _start)
        {
            Move(Math.Max(_start, _limit / 2));
        }
    }

    private bool Meets(double nanoseconds, long objective) => 2 * nanoseconds <= objective || 2 * _curve.Nanoseconds(1) > objective;

    // What was measured at other sizes belongs to another curve once this one has moved.
    private void Notice()
    {
        var present = _curve.Nanoseconds(_limit);
        if (_reference > 0 && Math.Abs(present - _reference) > Drift * _reference)
        {
            _curve.ForgetOthers(_limit);
            (_pause, _rest, _reference) = (PauseMin, 0, present);
        }

        _reference = _reference > 0 ? _reference : present;
    }

    private void Try(bool crowded, long objective)
    {
        var (up, down) = (_limit * 2, _limit / 2);
        var canUp = crowded && up <= _max && Meets(_curve.Extrapolated(up), objective);
        _trial = _down && down >= 1 ? down : canUp ? up : down;
        if (_trial > 0)
        {
            _down = _trial < _limit;
            _curve.Forget(_trial);
        }
    }

    private void Judge(long objective)
    {
        var (tried, present) = (_curve.Rate(_trial), _curve.Rate(_limit));
        if (_down ? tried > SmallerBetter * present : tried > Better * present && Meets(_curve.Nanoseconds(_trial), objective))
        {
            Move(_trial);
        }
        else
        {
            Reject();
        }
    }

    private void Move(int limit)
    {
        // To and fro between two limits is as good as standing still.
        _pause = limit == _previous ? Math.Min(PauseMax, _pause * 2) : PauseMin;
        (_previous, _limit, _trial, _full, _crowded, _rest, _reference) = (_limit, limit, 0, 0, 0, _pause, 0);
    }

    private void Reject()
    {
        _pause = Math.Min(PauseMax, _pause * 2);
        (_trial, _full, _crowded, _rest, _down) = (0, 0, 0, _pause, !_down);
    }
}
