namespace AiFactory.Engines.Inference.Batching;

/// <summary>
/// Finds the batch limit with the most rows a second within a latency objective, by hill climbing over powers of two: while more waits than fits a batch, it
/// tries twice or half the limit for a window of full batches and keeps it only if it measured better. Tries that fail grow rarer; a curve that changes
/// makes them frequent again. A message may come just after a batch began, so a batch may take half the objective, if one row alone can keep to that.
/// </summary>
internal sealed class LimitClimb(BatchCurve curve, int start, int max)
{
    private const int Window = 16;
    private const int PatienceMax = 256;
    private const int PauseMin = 4;
    private const int PauseMax = 1024;
    private const double Better = 1.02;
    private const double Drift = 0.3;
    private const int KnownMin = 4;

    private int _limit = start;
    private int _trial;
    private int _full;
    private int _patience;
    private int _pause = PauseMin;
    private int _rest = PauseMin;
    private bool _down;
    private double _reference;

    /// <summary>Rows of the largest batch at present, tries included.</summary>
    public int Rows => _trial > 0 ? _trial : _limit;

    /// <summary>The limit that measured best so far.</summary>
    public int Kept => _limit;

    /// <param name="more">Whether messages stayed behind because the batch was full.</param>
    public void Observe(int rows, bool more, long objectiveNanoseconds)
    {
        if (_limit > 1 && curve.Batches(_limit) >= KnownMin && !Meets(curve.Nanoseconds(_limit), objectiveNanoseconds))
        {
            Move(Math.Max(1, _limit / 2));
            return;
        }

        if (!more || rows * 2 <= Rows)
        {
            if (_trial > 0 && ++_patience > PatienceMax)
            {
                Reject();
            }

            return;
        }

        if (++_full < Window)
        {
            return;
        }

        _full = 0;
        if (_trial > 0)
        {
            Judge(objectiveNanoseconds);
            return;
        }

        Notice();
        if (--_rest <= 0)
        {
            Try(objectiveNanoseconds);
        }
    }

    private bool Meets(double nanoseconds, long objective) => 2 * nanoseconds <= objective || 2 * curve.Nanoseconds(1) > objective;

    // What was measured at other sizes belongs to another curve once this one has moved.
    private void Notice()
    {
        var present = curve.Nanoseconds(_limit);
        if (_reference > 0 && Math.Abs(present - _reference) > Drift * _reference)
        {
            curve.ForgetOthers(_limit);
            (_pause, _rest, _reference) = (PauseMin, 0, present);
        }

        _reference = _reference > 0 ? _reference : present;
    }

    private void Try(long objective)
    {
        var (up, down) = (_limit * 2, _limit / 2);
        var canUp = up <= max && Meets(curve.Extrapolated(up), objective);
        _trial = _down && down >= 1 ? down : canUp ? up : down;
        _patience = 0;
        if (_trial > 0)
        {
            _down = _trial < _limit;
            curve.Forget(_trial);
        }
    }

    private void Judge(long objective)
    {
        var (tried, present) = (curve.Rate(_trial), curve.Rate(_limit));
        if (_down ? tried >= present : tried > Better * present && Meets(curve.Nanoseconds(_trial), objective))
        {
            Move(_trial);
        }
        else
        {
            Reject();
        }
    }

    private void Move(int limit) => (_limit, _trial, _full, _pause, _rest, _reference) = (limit, 0, 0, PauseMin, PauseMin, 0);

    private void Reject()
    {
        _pause = Math.Min(PauseMax, _pause * 2);
        (_trial, _full, _rest, _down) = (0, 0, _pause, !_down);
    }
}
