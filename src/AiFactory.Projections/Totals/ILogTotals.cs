using AiFactory.Domain.Decisions;

namespace AiFactory.Projections.Totals;

/// <summary>Takes all totals of the log at once, to be published. For one caller at a time.</summary>
public interface ILogTotals
{
    /// <summary>Has the next totals go on from earlier ones of the same log, so that it need not be counted from its beginning.</summary>
    /// <param name="earlier">Null: from the beginning.</param>
    void Resume(LogTotals? earlier);

    /// <summary>What the readers have read to by now.</summary>
    (long Ledger, long Figures) Positions { get; }

    /// <summary>The totals as far as the readers have read, all of it on the disk, so that no loss of power takes back what was published.</summary>
    Task<LogTotals> Take(long generation, CancellationToken cancellation);

    /// <summary>Lets the readers catch up with the log's present tail.</summary>
    Task CatchUp(CancellationToken cancellation);
}
