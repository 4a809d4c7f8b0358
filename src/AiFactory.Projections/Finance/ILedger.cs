using AiFactory.Domain.Finance;

namespace AiFactory.Projections.Finance;

/// <summary>The append-only double-entry ledger of one log, fed from it, each record exactly once.</summary>
public interface ILedger
{
    /// <summary>Balances once every record before the log's present tail is posted.</summary>
    Task<LedgerShare> Share(string tenant, CancellationToken cancellation);

    /// <summary>The ledger's sums, and beside them those of an independent scan of the log and of the devices' bill, all of one position.</summary>
    Task<ReconciliationShare> Recount(string tenant, CancellationToken cancellation);
}
