using AiFactory.Client.Transport;
using AiFactory.Domain.Finance;

namespace AiFactory.Client.Finance;

/// <summary>What the factory's work costs.</summary>
public sealed class CostClient
{
    private readonly FactoryTransport transport;

    internal CostClient(FactoryTransport transport) => this.transport = transport;

    /// <summary>Balances by account, and their sums.</summary>
    public Task<CostStatement> Statement(CancellationToken cancellation = default) => transport.Get<CostStatement>("v1/cost/statement", cancellation);

    /// <summary>Every version of the rates that devices were priced by, by rising version.</summary>
    public Task<IReadOnlyList<PriceBook>> Prices(CancellationToken cancellation = default) => transport.Get<IReadOnlyList<PriceBook>>("v1/cost/prices", cancellation);

    /// <summary>Adds the decisions up anew and compares them with the ledger and with the devices' bill.</summary>
    public Task<CostReconciliation> Reconcile(CancellationToken cancellation = default) =>
        transport.Get<CostReconciliation>("v1/cost/reconciliation", cancellation);
}
