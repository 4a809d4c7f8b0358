namespace AiFactory.Grains.Decisions;

/// <summary>The decision log of this process, seen from those who write to it.</summary>
public interface IOwnLog
{
    /// <summary>
    /// Completes once the log is in the catalog. Nothing that anybody is told of may be recorded before: a process that died before its log was known would take
    /// its decisions out of all totals.
    /// </summary>
    Task Entered { get; }
}
