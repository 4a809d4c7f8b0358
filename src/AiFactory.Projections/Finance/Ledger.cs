using AiFactory.DecisionLog;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Tenants;
using AiFactory.Projections.Storage;

namespace AiFactory.Projections.Finance;

/// <summary>Reads the ledger. A tenant sees its own accounts; the devices' bill, idle time and overhead are the operator's, tenant <see cref="Tenant.Default"/>.</summary>
internal sealed class Ledger(IDecisionLog log, LogReader<LedgerStore> reader) : ILedger
{
    public Task<LedgerShare> Share(string tenant, CancellationToken cancellation) => reader.Query(
        store => new LedgerShare(reader.Position, store.Accounts(tenant).ToArray(), tenant == Tenant.Default ? Abroad(log.Name, store.Unsettled()) : LedgerShare.Nothing), cancellation);

    public async Task<ReconciliationShare> Recount(string tenant, CancellationToken cancellation)
    {
        await reader.CatchUp(cancellation);
        var ledger = await reader.QueryAsItStands(
            store => new LedgerSums(reader.Position, store.Accounts(tenant), store.SumEntries(tenant), store.SumAll() - store.SumUnsettled()), cancellation);

        // A log may be long, and whoever asks has other callers.
        var scan = await Task.Run(() => Scan(tenant, ledger.Position, cancellation), cancellation);
        var operatorSees = tenant == Tenant.Default;
        return new(
            ledger.Position, ledger.Accounts.ToArray(), ledger.Entries.ToArray(), scan.Decisions, scan.Cost, operatorSees ? scan.Bill : Picodollars.Zero,
            operatorSees ? ledger.Charged : Picodollars.Zero);
    }

    /// <summary>What decisions of a log were charged for workers of other silos.</summary>
    public static Dictionary<string, Picodollars> Abroad(string log, IReadOnlyDictionary<string, Picodollars> unsettled) =>
        unsettled.Where(worker => worker.Value != Picodollars.Zero && LedgerShare.IsAbroad(log, worker.Key)).ToDictionary();

    private (long Decisions, Picodollars Cost, Picodollars Bill) Scan(string tenant, long end, CancellationToken cancellation)
    {
        var count = new LogRecount();
        count.Advance(log, end, cancellation);
        var (decisions, cost) = count.Of(tenant);
        return (decisions, cost, count.Bill);
    }

    private sealed record LedgerSums(long Position, IReadOnlyList<StatementLine> Accounts, IReadOnlyList<StatementLine> Entries, Picodollars Charged);
}
