using AiFactory.Domain.Endpoints;

namespace AiFactory.Gateway.Protection;

/// <summary>Measures how fast a lane's worker answers rows while it has all it can do. Used under the lane's lock, but for what says otherwise.</summary>
internal sealed class LanePace(TimeProvider time)
{
    private RowPace _pace;
    private int _answered;
    private int _least;
    private long _since = time.GetTimestamp();
    private bool _refused;
    private double _nanosecondsPerRow;

    /// <summary>0 while it is not known. For any thread.</summary>
    public double NanosecondsPerRow => Volatile.Read(ref _nanosecondsPerRow);

    /// <summary>Somebody was refused for the rows that wait. For any thread.</summary>
    public void Refuse() => Volatile.Write(ref _refused, true);

    /// <param name="outstanding">Rows that are left.</param>
    public void Left(int rows, int outstanding)
    {
        _answered += rows;
        _least = Math.Min(_least, outstanding);
    }

    /// <summary>Those rows left without an answer.</summary>
    public void Unanswered(int rows) => _answered -= rows;

    /// <summary>Ends a span, every few milliseconds while rows are outstanding.</summary>
    public void EndSpan(long now, int outstanding)
    {
        if (_answered == 0 && _least > 0)
        {
            return;
        }

        _pace = _pace.With(new(_answered, (long)time.GetElapsedTime(_since, now).TotalNanoseconds, _least, Volatile.Read(ref _refused)));
        Volatile.Write(ref _nanosecondsPerRow, _pace.NanosecondsPerRow);
        Volatile.Write(ref _refused, false);
        (_answered, _least, _since) = (0, outstanding, now);
    }
}
