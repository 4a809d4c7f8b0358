using AiFactory.Cli.Rendering;
using AiFactory.Domain.Finance;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AiFactory.Cli.Finance;

/// <summary>Money as people see it, in USD to the picodollar.</summary>
internal static class CostViews
{
    public static Rows Statement(CostStatement statement)
    {
        var lines = Tables.Create("Account", ">Entries", ">Balance, USD");
        foreach (var line in statement.Lines)
        {
            lines.AddTextRow(line.Account, Format.Count(line.Entries), Format.Usd(line.Balance));
        }

        lines.AddEmptyRow();
        lines.AddTextRow("Decisions", string.Empty, Format.Usd(statement.DecisionsTotal));
        lines.AddTextRow("Training", string.Empty, Format.Usd(statement.TrainingTotal));
        lines.AddTextRow("Overhead", string.Empty, Format.Usd(statement.OverheadTotal));
        lines.AddTextRow("Idle", string.Empty, Format.Usd(statement.IdleTotal));
        lines.AddTextRow("Ledger total", string.Empty, Format.Usd(statement.LedgerTotal));
        List<IRenderable> parts = [lines];
        if (statement.CostPer1000DecisionsUsd.Count > 0)
        {
            var variants = Tables.Create("Endpoint/variant", ">Cost of 1,000 decisions, USD");
            foreach (var (variant, usd) in statement.CostPer1000DecisionsUsd.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                variants.AddTextRow(variant, Format.SmallUsd(usd));
            }

            parts.Add(variants);
        }

        parts.AddRange(LogViews.Standings(statement.Logs));
        parts.Add(new Text($"As of {Format.Time(statement.AsOf)}", new Style(Color.Grey)));
        return new Rows(parts);
    }

    public static Table Prices(IReadOnlyList<PriceBook> books)
    {
        var table = Tables.Create(">Version", "Device model", "Tier", ">USD/h", ">USD/s");
        foreach (var book in books)
        {
            foreach (var rate in book.Rates)
            {
                table.AddTextRow(Format.Count(book.Version), rate.DeviceModel, rate.Tier, Format.Invariant($"{rate.UsdPerHour:0.######}"), Format.SmallUsd(rate.UsdPerSecond));
            }
        }

        return table;
    }

    public static Rows Reconciliation(CostReconciliation reconciliation)
    {
        var table = Tables.Create("What", ">USD");
        table.AddTextRow($"Ledger, {Format.Count(reconciliation.Decisions)} decisions", Format.Usd(reconciliation.LedgerDecisions));
        table.AddTextRow("Decision log, added up anew", Format.Usd(reconciliation.LogDecisions));
        table.AddTextRow("Devices' bill: rate x time", Format.Usd(reconciliation.DeviceBill));
        table.AddTextRow("Charged against it", Format.Usd(reconciliation.DeviceCharged));
        return new Rows(
        [
            table,
            new Markup(reconciliation.Exact ? "[green]Equal to the picodollar[/]" : "[red]Not equal[/]"),
            .. reconciliation.Findings.Select(finding => new Text($"  {finding}")),
            .. LogViews.Standings(reconciliation.Logs),
        ]);
    }
}
