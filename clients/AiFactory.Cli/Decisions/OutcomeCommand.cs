using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Csv;
using AiFactory.Cli.Rendering;
using AiFactory.Domain.Decisions;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AiFactory.Cli.Decisions;

/// <summary><c>factory outcome report NAME --file outcomes.csv</c></summary>
internal sealed class OutcomeCommand
{
    private const int ReportsPerRequest = 1000;

    private readonly Argument<string> name = new("NAME") { Description = "Endpoint" };

    private readonly Option<string> file = new("--file") { HelpName = "FILE", Required = true, Description = "CSV file with a decision id, or a key, and a label in each row" };

    private readonly Option<string> label = new("--label") { HelpName = "COLUMN", Description = "Column that holds the true label", DefaultValueFactory = _ => "label" };

    private readonly Option<string> id = new("--id") { HelpName = "COLUMN", Description = "Column that holds the decision id", DefaultValueFactory = _ => DecisionFile.IdColumn };

    private readonly Option<string?> key = new("--key") { HelpName = "COLUMN", Description = "Column that holds the key, to be joined with --decisions" };

    private readonly Option<string?> decisions = new("--decisions") { HelpName = "FILE", Description = "Decisions that factory decide --out kept" };

    private OutcomeCommand()
    {
    }

    public static Command Create()
    {
        var outcome = new OutcomeCommand();
        return new Command("outcome", "Outcomes: what turned out to be true")
        {
            new Command("report", "Report the true labels of decisions; repeating a report has no effect")
            {
                outcome.name, outcome.file, outcome.label, outcome.id, outcome.key, outcome.decisions,
            }.Does(outcome.Report),
        };
    }

    /// <summary>The reports in a table, by decision id or by key.</summary>
    /// <param name="idsByUnit">Null: the id column names the decisions.</param>
    /// <param name="unmatched">Rows whose key has no decision.</param>
    internal static IReadOnlyList<OutcomeReport> Reports(
        CsvTable table, string label, string idOrKey, IReadOnlyDictionary<string, string>? idsByUnit, out int unmatched)
    {
        var (labelAt, idAt) = (table.Position(label), table.Position(idOrKey));
        var reports = new List<OutcomeReport>(table.Rows.Count);
        unmatched = 0;
        foreach (var row in table.Rows)
        {
            var decision = row[idAt];
            if (idsByUnit is not null && !idsByUnit.TryGetValue(decision, out decision!))
            {
                unmatched++;
                continue;
            }

            reports.Add(new OutcomeReport(decision, row[labelAt]));
        }

        return reports;
    }

    private async Task<int> Report(CommandRun run)
    {
        var (keyColumn, decisionsFile) = (run.Value(key), run.Value(decisions));
        if (keyColumn is null != decisionsFile is null)
        {
            throw new UsageException("--key and --decisions go together.", "outcome report", "Give both to join by key, or neither to report by decision id.");
        }

        var reports = Reports(
            CsvTable.ReadFile(run.Value(file)!), run.Value(label)!, keyColumn ?? run.Value(id)!,
            decisionsFile is null ? null : DecisionFile.IdsByUnit(decisionsFile), out var unmatched);
        var total = new OutcomeReceipt(0, 0, []);
        foreach (var chunk in reports.Chunk(ReportsPerRequest))
        {
            var receipt = await run.Client.Decisions.Report(run.Value(name), chunk, run.Cancellation);
            total = new(total.Accepted + receipt.Accepted, total.Repeated + receipt.Repeated, [.. total.Refused, .. receipt.Refused]);
        }

        run.Show(total, receipt => Render(receipt, unmatched));
        return total.Refused.Count == 0 ? ExitCode.Done : ExitCode.Refused;
    }

    private static Rows Render(OutcomeReceipt receipt, int unmatched)
    {
        List<IRenderable> parts =
        [
            Facts.Panel(
                "Outcomes",
                ("New", Format.Count(receipt.Accepted)), ("Known already", Format.Count(receipt.Repeated)), ("Refused", Format.Count(receipt.Refused.Count)),
                ("Without a decision", Format.Count(unmatched))),
        ];
        if (receipt.Refused.Count > 0)
        {
            var refused = Tables.Create("Decision", "Refusal");
            foreach (var outcome in receipt.Refused.Take(20))
            {
                refused.AddTextRow(outcome.DecisionId, outcome.Refusal.ToString());
            }

            parts.Add(refused);
        }

        return new Rows(parts);
    }
}
