using AiFactory.Cli.Finance;

namespace AiFactory.Cli.Demo;

/// <summary>Shows the statement and proves that it adds up.</summary>
internal sealed class AccountStep : IDemoStep
{
    public string Name => "account";

    public string Title => "Account: every decision priced";

    public IReadOnlyList<string> ByHand => ["factory cost statement", "factory cost reconcile"];

    public async Task Run(DemoContext demo)
    {
        var reconciliation = await demo.Settled(
            () => demo.Client.Cost.Reconcile(demo.Cancellation), found => found.Exact && found.Decisions >= demo.Report.Decisions);
        var statement = await demo.Client.Cost.Statement(demo.Cancellation);
        demo.Console.Write(CostViews.Statement(statement));
        demo.Console.Write(CostViews.Reconciliation(reconciliation));
        demo.Report.LedgerTotalUsd = reconciliation.LedgerDecisions.ToUsd();
        demo.Report.DecisionsTotalUsd = reconciliation.LogDecisions.ToUsd();
        demo.Check(
            reconciliation.LedgerDecisions == reconciliation.LogDecisions, "the ledger's total is the sum over all decisions, to the picodollar (1e-12 USD)");
        demo.Check(reconciliation.Exact, "the devices' bill, over the time metered so far, is charged in full: to decisions, training, overhead or idle time");
    }
}
