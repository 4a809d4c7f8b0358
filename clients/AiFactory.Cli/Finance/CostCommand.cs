using System.CommandLine;
using AiFactory.Cli.CommandLine;

namespace AiFactory.Cli.Finance;

/// <summary><c>factory cost statement|reconcile|prices</c></summary>
internal static class CostCommand
{
    public static Command Create() => new("cost", "What the factory's work costs")
    {
        new Command("statement", "Show what was consumed, by account").Does(async run =>
            run.Show(await run.Client.Cost.Statement(run.Cancellation), CostViews.Statement)),
        new Command("reconcile", "Add every decision up anew and compare with the ledger and the devices' bill").Does(async run =>
        {
            var reconciliation = await run.Client.Cost.Reconcile(run.Cancellation);
            run.Show(reconciliation, CostViews.Reconciliation);
            return reconciliation.Exact ? ExitCode.Done : ExitCode.Refused;
        }),
        new Command("prices", "Show what devices cost, by model and tier; every version there was").Does(async run =>
            run.Show(await run.Client.Cost.Prices(run.Cancellation), CostViews.Prices)),
    };
}
