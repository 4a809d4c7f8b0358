using AiFactory.Domain.Finance;
using AiFactory.Projections.Finance;

namespace AiFactory.Grains.Finance;

[GrainType("cost-account")]
internal sealed class CostAccountGrain(ILedger ledger) : Grain, ICostAccountGrain
{
    public Task<CostStatement> Statement() => ledger.Statement(this.GetPrimaryKeyString(), CancellationToken.None);

    public Task<CostReconciliation> Reconcile() => ledger.Reconcile(this.GetPrimaryKeyString(), CancellationToken.None);
}
