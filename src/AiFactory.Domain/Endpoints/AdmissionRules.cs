namespace AiFactory.Domain.Endpoints;

/// <summary>
/// Who is let in by the work that waits. A queue that stands longer than the objective allows makes every answer late, so the work that cannot be done in
/// time is refused at once, lower classes first; what is let in keeps its objective.
/// </summary>
public static class AdmissionRules
{
    /// <summary>Rows before a request that never keep it out: too few to measure a rate by, and needed to measure one.</summary>
    public const int RowsFree = 4;

    /// <summary>
    /// Share of the latency objective that the work before a request of a class may take; the rest is for its own batch and for what the estimate misses.
    /// </summary>
    public static double ObjectiveShare(RequestPriority priority) => priority switch
    {
        RequestPriority.High => 0.75,
        RequestPriority.Low => 0.25,
        _ => 0.5,
    };

    /// <summary>How much too long the work before a request takes, in nanoseconds; 0 or less: let it in.</summary>
    /// <param name="rowsBefore">Rows waiting or at work on the replica.</param>
    /// <param name="nanosecondsPerRow">As measured while rows waited; 0: not known, and then everybody is let in.</param>
    /// <param name="objectiveNanoseconds">The endpoint's latency objective.</param>
    /// <param name="budgetNanoseconds">Time left until the request's deadline.</param>
    public static long Excess(int rowsBefore, double nanosecondsPerRow, RequestPriority priority, long objectiveNanoseconds, long budgetNanoseconds)
    {
        if (rowsBefore <= RowsFree)
        {
            return 0;
        }

        var wait = rowsBefore * nanosecondsPerRow;
        var allowed = Math.Min(ObjectiveShare(priority) * objectiveNanoseconds, budgetNanoseconds);
        return (long)Math.Min(wait - allowed, long.MaxValue / 2);
    }

    /// <summary>Seconds to wait before another try, as <c>Retry-After</c> has them: whole, at least 1.</summary>
    public static int RetryAfterSeconds(TimeSpan wait) => (int)Math.Clamp(Math.Ceiling(wait.TotalSeconds), 1, 3600);
}

/// <summary>What happened on the way to a replica over a short while.</summary>
/// <param name="Rows">Rows answered.</param>
/// <param name="Nanoseconds">Its length.</param>
/// <param name="LeastOutstanding">Fewest rows that waited or were at work at any time in it.</param>
/// <param name="Refused">Whether somebody was refused for the rows before it.</param>
public readonly record struct PaceSpan(int Rows, long Nanoseconds, int LeastOutstanding, bool Refused);

/// <summary>
/// How long a replica takes for a row when it has all it can do, smoothed. Only spans with work left over all the while say anything of that: in others
/// small batches, which are slow by the row, are all there is to do. One span may move it by a bounded factor only, so that one stall of the machine does
/// not pass for the replica's speed. It is forgotten once there has been no such span for a while.
/// </summary>
/// <param name="NanosecondsPerRow">0: not known.</param>
/// <param name="Spans">Busy spans seen, up to <see cref="SpansMin"/>; the first ones, slow for being first, only count.</param>
/// <param name="IdleNanoseconds">Since the last busy span.</param>
public readonly record struct RowPace(double NanosecondsPerRow, int Spans, long IdleNanoseconds)
{
    /// <summary>Rows outstanding all the while that make a span a busy one.</summary>
    public const int RowsBusy = 32;
    public const int SpansMin = 4;
    public const long IdleNanosecondsMax = 1_000_000_000;
    private const double Weight = 0.25;
    private const double FactorMax = 4;

    public RowPace With(PaceSpan span)
    {
        if (span.Rows == 0 || span.LeastOutstanding < (span.Refused ? 1 : RowsBusy))
        {
            var idle = Math.Min(IdleNanoseconds + span.Nanoseconds, IdleNanosecondsMax);
            return idle < IdleNanosecondsMax ? this with { IdleNanoseconds = idle } : new(0, Spans, idle);
        }

        if (Spans < SpansMin)
        {
            return new(0, Spans + 1, 0);
        }

        var sample = (double)span.Nanoseconds / span.Rows;
        return new(
            NanosecondsPerRow == 0 ? sample : NanosecondsPerRow + (Weight * (Math.Min(sample, NanosecondsPerRow * FactorMax) - NanosecondsPerRow)),
            Spans,
            0);
    }
}
