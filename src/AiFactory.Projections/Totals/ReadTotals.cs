using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Projections.Experiments;
using AiFactory.Projections.Finance;
using AiFactory.Projections.Storage;

namespace AiFactory.Projections.Totals;

internal sealed class ReadTotals(IDecisionLog log, LogReader<LedgerStore> ledger, LogReader<ExperimentStore> experiments, TimeProvider time) : ILogTotals
{
    private LogRecount _count = new();

    public (long Ledger, long Figures) Positions => (ledger.Position, experiments.Position);

    public void Resume(LogTotals? earlier) => _count = earlier is null ? new() : LogRecount.From(earlier);

    public async Task<LogTotals> Take(long generation, CancellationToken cancellation)
    {
        var at = time.GetUtcNow();
        var books = await ledger.QueryAsItStands(store => (ledger.Position, Accounts: store.AllAccounts(), Unsettled: store.Unsettled()), cancellation);
        var figures = await experiments.QueryAsItStands(store => (experiments.Position, All: store.AllFigures()), cancellation);
        _count.Advance(log, books.Position, cancellation);
        await log.WaitForFsync(Math.Max(books.Position, figures.Position), cancellation);

        var endpoints = figures.All.ToLookup(one => one.Tenant, StringComparer.Ordinal);
        var tenants = books.Accounts.GroupBy(account => account.Tenant, account => account.Line, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray());
        return new(
            LogTotals.CurrentFormat,
            log.Name,
            generation,
            books.Position,
            figures.Position,
            at,
            [.. tenants.Keys.Union(endpoints.Select(group => group.Key), StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(tenant => Of(tenant))],
            _count.Bill,
            Charged(books.Accounts, books.Unsettled),
            Ledger.Abroad(log.Name, books.Unsettled));

        TenantTotals Of(string tenant)
        {
            var (decisions, cost) = _count.Of(tenant);
            return new(tenant, tenants.GetValueOrDefault(tenant) ?? [], decisions, cost,
                [.. endpoints[tenant].GroupBy(one => one.Endpoint, one => one.Figures, StringComparer.Ordinal).Select(endpoint => new EndpointTotals(endpoint.Key, [.. endpoint]))]);
        }
    }

    public async Task CatchUp(CancellationToken cancellation)
    {
        await ledger.CatchUp(cancellation);
        await experiments.CatchUp(cancellation);
    }

    // From running balances: entries are many.
    private static Picodollars Charged(IReadOnlyList<(string Tenant, StatementLine Line)> accounts, IReadOnlyDictionary<string, Picodollars> unsettled)
    {
        var devices = accounts.Where(account => PostingRules.IsDevice(account.Line.Account)).Aggregate(Picodollars.Zero, (sum, account) => sum - account.Line.Balance);
        return unsettled.Values.Aggregate(devices, (sum, amount) => sum - amount);
    }
}
