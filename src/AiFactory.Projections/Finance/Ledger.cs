using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Tenants;
using AiFactory.Projections.Storage;

namespace AiFactory.Projections.Finance;

/// <summary>Reads the ledger. A tenant sees its own accounts; the devices' bill, idle time and overhead are the operator's, tenant <see cref="Tenant.Default"/>.</summary>
internal sealed class Ledger(IDecisionLog log, LogReader<LedgerStore> reader, TimeProvider time) : ILedger
{
    public async Task<CostStatement> Statement(string tenant, CancellationToken cancellation)
    {
        var accounts = await reader.Query(store => store.Accounts(tenant), cancellation);
        var consumers = accounts.Where(line => !IsDevice(line)).ToList();
        return new CostStatement(
            tenant,
            consumers,
            Total(consumers, PostingRules.DecisionPrefix),
            Total(consumers, PostingRules.TrainingPrefix),
            Total(consumers, PostingRules.OverheadPrefix),
            Total(consumers, PostingRules.IdlePrefix),
            Picodollars.Zero - Total(accounts, PostingRules.DevicePrefix),
            consumers.Where(line => line.Account.StartsWith(PostingRules.DecisionPrefix, StringComparison.Ordinal))
                .ToDictionary(line => PostingRules.DecisionMaker(line.Account), line => PostingRules.CostPer1000Usd(line.Balance, line.Entries)),
            time.GetUtcNow());
    }

    public async Task<CostReconciliation> Reconcile(string tenant, CancellationToken cancellation)
    {
        await reader.CatchUp(cancellation);
        var ledger = await reader.QueryAsItStands(
            store => new LedgerSums(reader.Position, store.Accounts(tenant), store.SumEntries(tenant), store.SumAll() - store.SumUnsettled()), cancellation);
        var scan = Scan(tenant, ledger.Position, cancellation);
        var operatorSees = tenant == Tenant.Default;
        return ReconciliationRules.Compare(
            ledger.Accounts, ledger.Entries, scan.Decisions, scan.Cost, operatorSees ? scan.Bill : Picodollars.Zero, operatorSees ? ledger.Charged : Picodollars.Zero);
    }

    private (long Decisions, Picodollars Cost, Picodollars Bill) Scan(string tenant, long end, CancellationToken cancellation)
    {
        long decisions = 0;
        var (cost, bill) = (Picodollars.Zero, Picodollars.Zero);
        foreach (var entry in log.ReadHeadsFrom(0).TakeWhile(entry => entry.Address < end))
        {
            cancellation.ThrowIfCancellationRequested();
            if (entry.Record is DeviceTimeRecord interval)
            {
                bill += interval.Bill;
            }
            else if (entry.Record is null && entry.Decision.Tenant == tenant)
            {
                decisions++;
                cost += entry.Decision.Cost;
            }
        }

        return (decisions, cost, bill);
    }

    private static bool IsDevice(StatementLine line) => line.Account.StartsWith(PostingRules.DevicePrefix, StringComparison.Ordinal);

    private static Picodollars Total(IEnumerable<StatementLine> lines, string prefix) =>
        lines.Where(line => line.Account.StartsWith(prefix, StringComparison.Ordinal)).Aggregate(Picodollars.Zero, (sum, line) => sum + line.Balance);

    private sealed record LedgerSums(long Position, IReadOnlyList<StatementLine> Accounts, IReadOnlyList<StatementLine> Entries, Picodollars Charged);
}
