using AiFactory.Domain.Finance;

namespace AiFactory.Grains.Finance;

/// <summary>What a tenant consumed, from the ledger. Key: tenant.</summary>
[Alias("aifactory.cost-account"), Version(1)]
public interface ICostAccountGrain : IGrainWithStringKey
{
    /// <summary>Balances as of the log's tail at the time of the call.</summary>
    [Alias("Statement")]
    Task<CostStatement> Statement();

    [Alias("Reconcile")]
    Task<CostReconciliation> Reconcile();
}
