using System.Text.Json;
using AiFactory.Cli.Csv;
using AiFactory.Cli.Decisions;
using AiFactory.Cli.Endpoints;
using AiFactory.Cli.Rendering;
using AiFactory.Client.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Models;
using AiFactory.Domain.Tenants;

namespace AiFactory.Cli.Demo;

/// <summary>Deploys both models as variants of one endpoint and decides for every held-out customer.</summary>
internal sealed class DecideStep : IDemoStep
{
    private const int Connections = 16;
    private const int OpenProtocolChecks = 20;
    private const int Repeats = 50;
    private const double ScoreTolerance = 1e-6;

    // An offer of 10 USD keeps 40% of those who would have left, each worth 300 USD: 0.4 * 300 - 10.
    private static readonly DecisionEconomy Retention = new(110m, -10m, 0m, 0m);

    public string Name => "decide";

    public string Title => "Deploy and decide: two variants, one customer at a time";

    public IReadOnlyList<string> ByHand =>
    [
        "factory endpoint deploy churn --variant mlp=churn-mlp:50 --variant trees=churn-trees:50 --key customer_id --economy=110,-10,0,0",
        "factory decide churn --file holdout.csv --out decisions.csv --batch 1 --connections 16 --unkeyed",
    ];

    public async Task Run(DemoContext demo)
    {
        await Deploy(demo);
        var heldOut = await ReadHoldout(demo);
        var builder = InstanceBuilder.ForSignatures(heldOut, demo.Models.Select(model => model.Signature), RawFile.KeyColumn, null);
        var sender = new DecisionSender(demo.Client, DemoContext.Churn, demo.Time, new DecisionTerms(Once: false));

        var count = heldOut.Rows.Count;
        var answers = await sender.Send(count, builder.Build, batch: 1, Connections, demo.Cancellation);
        demo.Decisions = answers.Decisions;
        demo.Console.Write(DecisionViews.Decisions(answers.Decisions));
        var latency = LatencySummary.Of(answers.LatenciesMs);
        demo.Report.LatencyMs = new(latency.P50, latency.P95, latency.P99);
        demo.Say($"{Format.Invariant($"{count} decisions in {answers.Seconds:0.00} s over {Connections} connections, one customer a request: p50 {latency.P50:0.0} ms, p95 {latency.P95:0.0} ms, p99 {latency.P99:0.0} ms, seen from the client, cold start included.")}");

        await CompareOpenProtocol(demo, heldOut);
        var repeats = Math.Min(Repeats, count);
        var again = await sender.Send(repeats, builder.Build, batch: 1, Connections, demo.Cancellation);
        demo.Check(
            again.Decisions.Zip(answers.Decisions).All(pair => pair.First.Variant == pair.Second.Variant && Close(pair.First.Score, pair.Second.Score)),
            Format.Invariant($"{repeats} customers asked again got the same variant and the same score"));
        demo.Report.Decisions = count + Math.Min(OpenProtocolChecks, count) + repeats;
    }

    private static async Task Deploy(DemoContext demo)
    {
        demo.Say($"A customer predicted to leave gets an offer. It costs 10 USD; of those who would have left, 40% stay for it, each worth 300 USD.");
        demo.Say($"So an offer is worth 0.4 x 300 - 10 = +110 USD where the customer would have left, and -10 USD where not; no offer is worth 0.");
        var spec = new EndpointSpec(
            [
                new VariantSpec("mlp", Key(demo.Models[0]), 50),
                new VariantSpec("trees", Key(demo.Models[1]), 50),
            ],
            RawFile.KeyColumn,
            Retention);
        var endpoint = await demo.Client.Endpoints.Deploy(DemoContext.Churn, spec, demo.Cancellation);
        demo.Console.Write(EndpointViews.Endpoint(endpoint));
        demo.OutcomesBefore = (await demo.Client.Endpoints.Experiment(DemoContext.Churn, demo.Cancellation)).Variants.Sum(variant => variant.Outcomes);
    }

    private static async Task<CsvTable> ReadHoldout(DemoContext demo)
    {
        var tables = new List<(string Text, CsvTable Table)>();
        foreach (var run in demo.Runs)
        {
            await using var stream = await demo.Client.TrainingRuns.Holdout(run.Id, demo.Cancellation);
            using var reader = new StreamReader(stream);
            var text = await reader.ReadToEndAsync(demo.Cancellation);
            tables.Add((text, CsvTable.Read(new StringReader(text), "holdout")));
        }

        demo.Check(tables[0].Text == tables[1].Text, Format.Invariant($"both models held out the same {tables[0].Table.Rows.Count} customers"));
        await File.WriteAllTextAsync(Path.Combine(demo.Folder, "holdout.csv"), tables[0].Text, demo.Cancellation);
        demo.HeldOut = tables[0].Table;
        return demo.HeldOut;
    }

    /// <summary>The same customers over the Open Inference Protocol v2 must get the same variant and score.</summary>
    private static async Task CompareOpenProtocol(DemoContext demo, CsvTable heldOut)
    {
        var agreeing = 0;
        var count = Math.Min(OpenProtocolChecks, heldOut.Rows.Count);
        for (var row = 0; row < count; row++)
        {
            var response = await demo.Client.Decisions.Infer(DemoContext.Churn, Request(heldOut, row, demo.Models[0].Signature), demo.Cancellation);
            var score = response.Outputs.Single(output => output.Name == demo.Models[0].Classes!.Output).Data[0].GetDouble();
            if (Variant(response) == demo.Decisions[row].Variant && Close(score, demo.Decisions[row].Score))
            {
                agreeing++;
            }
        }

        demo.Check(agreeing == count, Format.Invariant($"{agreeing} of {count} agree when asked by the Open Inference Protocol v2"));
    }

    private static InferenceRequest Request(CsvTable heldOut, int row, ModelSignature signature)
    {
        var fields = heldOut.Rows[row];
        var inputs = signature.Inputs.Select(input =>
        {
            var text = fields[heldOut.Position(input.Name)];
            return input.DataType == TensorDataType.Bytes
                ? InferenceTensor.Of(input.Name, "BYTES", text)
                : InferenceTensor.Of(input.Name, "FP32", double.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
        });
        return new InferenceRequest([.. inputs], Parameters: new Dictionary<string, object> { ["key"] = fields[heldOut.Position(RawFile.KeyColumn)] });
    }

    private static string? Variant(InferenceResponse response) =>
        response.Parameters is not null && response.Parameters.TryGetValue("variant", out var variant) && variant.ValueKind == JsonValueKind.String
            ? variant.GetString()
            : null;

    private static bool Close(double? a, double? b) => a is { } x && b is { } y && Math.Abs(x - y) <= ScoreTolerance;

    private static ModelVersionKey Key(ModelVersion version) => new(Tenant.Default, version.Model, version.Version);
}
