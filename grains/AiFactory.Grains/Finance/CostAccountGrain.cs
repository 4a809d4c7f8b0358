using AiFactory.Domain.Finance;
using AiFactory.Grains.Decisions;
using Orleans.Concurrency;

namespace AiFactory.Grains.Finance;

/// <summary>Keeps nothing: every total is a sum over the logs.</summary>
[GrainType("cost-account"), Reentrant]
internal sealed class CostAccountGrain(LogGathering logs, TimeProvider time) : Grain, ICostAccountGrain
{
    private string Tenant => this.GetPrimaryKeyString();

    public async Task<CostStatement> Statement() => StatementRules.Sum(
        Tenant,
        await logs.Gather(log => log.ReadLedger(Tenant), share => share.Position, totals => (totals.Ledger(Tenant), totals.Position), LogGathering.TotalsWait),
        time.GetUtcNow());

    public async Task<CostReconciliation> Reconcile() => ReconciliationRules.Compare(
        await logs.Gather(log => log.Recount(Tenant), share => share.Position, totals => (totals.Reconciliation(Tenant), totals.Position), LogGathering.RecountWait));
}
