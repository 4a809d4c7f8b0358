using AiFactory.Domain.Finance;

namespace AiFactory.Projections.Finance;

/// <summary>The append-only double-entry ledger, fed from the decision log, each record exactly once.</summary>
public interface ILedger
{
    /// <summary>Balances once every record before the log's present tail is posted.</summary>
    Task<CostStatement> Statement(string tenant, CancellationToken cancellation);

    /// <summary>Compares the ledger with an independent scan of the log and with the devices' bill.</summary>
    Task<CostReconciliation> Reconcile(string tenant, CancellationToken cancellation);
}
