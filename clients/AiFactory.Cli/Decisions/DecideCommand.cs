using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Csv;
using AiFactory.Cli.Rendering;
using AiFactory.Client;
using AiFactory.Client.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using Spectre.Console;

namespace AiFactory.Cli.Decisions;

/// <summary><c>factory decide NAME --file rows.csv [--key COLUMN]</c></summary>
internal sealed class DecideCommand
{
    private readonly Argument<string> name = new("NAME") { Description = "Endpoint" };

    private readonly Option<string> file = new("--file") { HelpName = "FILE", Required = true, Description = "CSV file of rows to decide on" };

    private readonly Option<string?> key = new("--key")
    {
        HelpName = "COLUMN",
        Description = "Column that holds the endpoint's key; default: the one named like its key field",
    };

    private readonly Option<string?> target = new("--out") { HelpName = "FILE", Description = "Where to keep the decisions: .csv or .json" };

    private readonly Option<int> batch = new("--batch") { HelpName = "N", Description = "Rows in a request, 1 to 1000", DefaultValueFactory = _ => 100 };

    private readonly Option<int> connections = new("--connections") { HelpName = "N", Description = "Requests under way at once", DefaultValueFactory = _ => 4 };

    private readonly Option<RequestPriority?> priority = new("--priority") { HelpName = "high|normal|low", Description = "Class of the requests; default: the endpoint's" };

    private readonly Option<int?> timeoutMs = new("--timeout-ms") { HelpName = "N", Description = "Deadline of each request, in ms from its arrival; default: the endpoint's" };

    private readonly Option<bool> unkeyed = new("--unkeyed") { Description = "Send no idempotency keys: milliseconds faster, but what a broken connection leaves in doubt is not sent again" };

    private DecideCommand()
    {
        timeoutMs.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value < 1)
            {
                result.AddError($"--timeout-ms {value} is not above 0.");
            }
        });
        AtLeastOne(batch, DecisionClient.InstancesMax);
        AtLeastOne(connections, 1024);
    }

    public static Command Create()
    {
        var decide = new DecideCommand();
        return new Command("decide", "Decide on every row of a CSV file")
        {
            decide.name, decide.file, decide.key, decide.target, decide.batch, decide.connections, decide.priority, decide.timeoutMs, decide.unkeyed,
        }.Does(decide.Run);
    }

    /// <summary>Signatures of the models behind an endpoint; null when one cannot be read.</summary>
    internal static async Task<IReadOnlyList<ModelSignature>?> Signatures(FactoryClient client, Endpoint endpoint, CancellationToken cancellation)
    {
        var signatures = new List<ModelSignature>();
        foreach (var variant in endpoint.Spec.Variants)
        {
            try
            {
                signatures.Add((await client.Models.GetVersion(variant.Model.Model, variant.Model.Version, cancellation)).Signature);
            }
            catch (RefusedException refused) when (refused.Refusal.Kind == RefusalKind.NotFound)
            {
                return null;
            }
        }

        return signatures;
    }

    private async Task<int> Run(CommandRun run)
    {
        var table = CsvTable.ReadFile(run.Value(file)!);
        if (table.Rows.Count == 0)
        {
            throw new RefusedException(new Refusal("rows-missing", RefusalKind.Unprocessable, "There are no rows to decide on.", run.Value(file), "Give the file at least one row."));
        }

        var endpoint = await run.Client.Endpoints.Get(run.Value(name), run.Cancellation);
        var keyField = endpoint.Spec.KeyField;
        var builder = await Signatures(run.Client, endpoint, run.Cancellation) is { } signatures
            ? InstanceBuilder.ForSignatures(table, signatures, keyField, run.Value(key))
            : InstanceBuilder.ByLook(table, keyField, run.Value(key));
        var terms = new DecisionTerms(run.Value(priority), run.Value(timeoutMs) is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null, !run.Value(unkeyed));
        var sender = new DecisionSender(run.Client, endpoint.Name, TimeProvider.System, terms);
        var answers = await run.Output.Working(
            Format.Invariant($"Deciding on {table.Rows.Count} rows"), run.Json,
            () => sender.Send(table.Rows.Count, builder.Build, run.Value(batch), run.Value(connections), run.Cancellation));
        if (run.Value(target) is { } path)
        {
            await DecisionFile.Write(path, answers.Decisions, run.Cancellation);
        }

        var latency = LatencySummary.Of(answers.LatenciesMs);
        if (run.Json)
        {
            run.WriteJson(new { answers.Decisions, LatencyMs = latency, answers.Seconds });
            return ExitCode.Done;
        }

        Print(run, answers, latency, builder.Ignored);
        return ExitCode.Done;
    }

    private void Print(CommandRun run, DecisionSender.Answers answers, LatencySummary latency, IReadOnlyList<string> ignored)
    {
        if (ignored.Count > 0)
        {
            run.Say($"[grey]Not taken by the model and left out: {Markup.Escape(string.Join(", ", ignored))}[/]");
        }

        run.Output.People.Write(DecisionViews.Decisions(answers.Decisions));
        run.Say(Markup.Escape(Format.Invariant(
            $"{answers.Decisions.Count} decisions in {answers.Seconds:0.00} s, {answers.Decisions.Count / answers.Seconds:0} a second. A request of up to {run.Value(batch)} rows took p50 {latency.P50:0.0} ms, p95 {latency.P95:0.0} ms, p99 {latency.P99:0.0} ms.")));
        if (run.Value(target) is { } path)
        {
            run.Say($"Kept in {Markup.Escape(Path.GetFullPath(path))}");
        }
    }

    private static void AtLeastOne(Option<int> option, int most) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && (value < 1 || value > most))
        {
            result.AddError($"{option.Name} {value} is not between 1 and {most}.");
        }
    });
}
