using System.Security.Cryptography;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Line;

/// <summary>The whole line on a small data set, step by step, keeping what each step gave so that later steps and restarts can be held against it.</summary>
internal sealed class Line
{
    private const int GoodRows = 600;
    private static readonly string[] Faults =
    [
        "F0000001,gold,no,many,3,12.5,no",
        "F0000002,basic,no,99999,3,12.5,no",
        "F0000003,basic,,120,3,12.5,no",
        "C0000005,basic,no,120,3,12.5,no",
    ];

    private readonly List<Customer> _customers = Customers.Make(GoodRows, seed: 11);

    public byte[] Source => Customers.Csv(_customers.Select(customer => customer.Line).Concat(Faults));

    /// <summary>Held-out customers, by id, with their true labels.</summary>
    public List<Customer> Holdout { get; private set; } = [];

    public List<JsonElement> Decisions { get; private set; } = [];

    public async Task Ingest(FactoryHttp http, CancellationToken cancellation)
    {
        var version = await http.Ingest("customers", Source, cancellation, Customers.Contract);
        Assert.Equal(GoodRows, version.Long("rows"));
        Assert.Equal(Faults.Length, version.Long("quarantinedRows"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Source)), version.Member("source").Text("sha256"));
        Assert.Equal(GoodRows, version.Member("profile").Long("rows"));

        var answer = await http.Get("/v1/datasets/customers/versions/1/quarantine?offset=0&limit=10", cancellation);
        var rows = answer.ExpectSuccess().Json.EnumerateArray()
            .Select(row => (row.Long("row"), row.Has("column") ? row.Text("column") : null, row.Text("reason"), row.Text("line")))
            .ToArray();
        Assert.Equal(
        [
            (GoodRows + 1, "minutes", "wrong-type", Faults[0]),
            (GoodRows + 2, "minutes", "out-of-range", Faults[1]),
            (GoodRows + 3, "international", "missing", Faults[2]),
            (GoodRows + 4, "customer_id", "duplicate-key", Faults[3]),
        ], rows);
    }

    public async Task Train(FactoryHttp http, CancellationToken cancellation)
    {
        var mlp = await http.Train(FactoryVerbs.SpecOf("leavers-mlp", "customers", "mlp", epochs: 6, shards: 2), cancellation);
        var trees = await http.Train(FactoryVerbs.SpecOf("leavers-trees", "customers", "lightgbm", epochs: 30), cancellation);
        Assert.Equal(6, mlp.Items("epochs").Length);
        Assert.Equal(2, mlp.Items("workers").Length);
        foreach (var run in new[] { mlp, trees })
        {
            var evaluation = run.Member("evaluation");
            Assert.InRange(evaluation.Member("auc").Number("value"), evaluation.Member("auc").Number("low"), evaluation.Member("auc").Number("high"));
            Assert.InRange(evaluation.Number("onnxMaxAbsDifference"), 0, 1e-5);
        }

        Assert.InRange(trees.Member("evaluation").Member("auc").Number("value"), 0.85, 1);
        foreach (var (model, run) in new[] { ("leavers-mlp", mlp), ("leavers-trees", trees) })
        {
            var version = (await http.Get($"/v1/models/{model}/versions/latest", cancellation)).ExpectSuccess().Json;
            var artifact = (await http.Get($"/v1/models/{model}/versions/1/artifact", cancellation)).ExpectSuccess();
            Assert.Equal(version.Text("artifactSha256"), Convert.ToHexStringLower(SHA256.HashData(artifact.Bytes)));
            Assert.Equal(run.Text("id"), version.Member("origin").Text("trainingRunId"));
            Assert.True(version.Member("qualityGate").Flag("passed"), version.GetRawText());
            Assert.DoesNotContain("customer_id", version.Member("signature").GetRawText(), StringComparison.Ordinal);
        }

        await ReadHoldout(http, trees.Text("id"), cancellation);
    }

    public static async Task Deploy(FactoryHttp http, CancellationToken cancellation)
    {
        var endpoint = await http.Deploy("leavers", new
        {
            variants = new[] { FactoryVerbs.VariantOf("a", "leavers-mlp", 1, 50), FactoryVerbs.VariantOf("b", "leavers-trees", 1, 50) },
            keyField = "customer_id",
            economy = new { truePositiveUsd = 60, falsePositiveUsd = -10, trueNegativeUsd = 0, falseNegativeUsd = -100 },
        }, cancellation);
        Assert.True(endpoint.Flag("deployed"));
    }

    public async Task Decide(FactoryHttp http, CancellationToken cancellation)
    {
        Decisions = await http.Decide("leavers", [.. Holdout.Select(customer => customer.Fields)], cancellation);
        Assert.Equal(Holdout.Select(customer => customer.Id), Decisions.Select(decision => decision.Text("unit")));
        Assert.Equal(["a", "b"], Decisions.Select(decision => decision.Text("variant")).Distinct().Order());
        Assert.Equal(Decisions.Count, Decisions.Select(decision => decision.Text("decisionId")).Distinct().Count());
        var right = Decisions.Zip(Holdout).Count(pair => pair.First.Text("prediction") == pair.Second.Churn);
        Assert.InRange(right / (double)Holdout.Count, 0.75, 1);
        await SameVariantAgain(http, cancellation);
    }

    /// <summary>The same customer gets the same variant, the same model and the same score, whenever asked.</summary>
    public async Task SameVariantAgain(FactoryHttp http, CancellationToken cancellation)
    {
        var first = Decisions[0];
        var again = (await http.Post("/v1/endpoints/leavers/decisions", Holdout[0].Fields, cancellation)).ExpectSuccess().Json;
        foreach (var member in new[] { "variant", "model", "prediction", "unit" })
        {
            Assert.Equal(first.Text(member), again.Text(member));
        }

        Assert.Equal(first.Number("score"), again.Number("score"), 1e-6);
        Assert.NotEqual(first.Text("decisionId"), again.Text("decisionId"));
    }

    public async Task ReportOutcomes(FactoryHttp http, CancellationToken cancellation)
    {
        var outcomes = Decisions.Zip(Holdout).Select(pair => new { decisionId = pair.First.Text("decisionId"), label = pair.Second.Churn }).ToArray();
        var receipt = (await http.Post("/v1/endpoints/leavers/outcomes", outcomes, cancellation)).ExpectSuccess().Json;
        Assert.Equal((outcomes.Length, 0, 0), (receipt.Long("accepted"), receipt.Long("repeated"), receipt.Items("refused").Length));
        var again = (await http.Post("/v1/endpoints/leavers/outcomes", outcomes, cancellation)).ExpectSuccess().Json;
        Assert.Equal((0, outcomes.Length), (again.Long("accepted"), again.Long("repeated")));
    }

    /// <summary>The experiment's figures are those that this test counts itself, from the answers and the true labels.</summary>
    public async Task CompareExperiment(FactoryHttp http, long exposures, CancellationToken cancellation)
    {
        var report = (await Until.Found("experiment figures", async () =>
        {
            var answer = (await http.Get("/v1/endpoints/leavers/experiment", cancellation)).ExpectSuccess();
            var variants = answer.Json.Items("variants");
            return variants.Sum(variant => variant.Long("exposures")) == exposures && variants.Sum(variant => variant.Long("outcomes")) == Holdout.Count
                ? answer
                : null;
        }, cancellation, 20)).Json;
        foreach (var variant in report.Items("variants"))
        {
            var mine = Decisions.Zip(Holdout).Where(pair => pair.First.Text("variant") == variant.Text("variant"))
                .Select(pair => (Predicted: pair.First.Text("prediction"), Actual: pair.Second.Churn)).ToArray();
            Assert.Equal(mine.Length, variant.Long("outcomes"));
            Assert.Equal(mine.Count(pair => pair.Predicted == pair.Actual), variant.Long("correct"));
            Assert.Equal(mine.Count(pair => pair.Predicted == pair.Actual) / (double)mine.Length, variant.Member("accuracy").Number("value"), 1e-9);
            var value = mine.Sum(pair => (pair.Predicted, pair.Actual) switch { ("yes", "yes") => 60m, ("yes", "no") => -10m, ("no", "yes") => -100m, _ => 0m });
            Assert.Equal(value, variant.Member("valueUsd").GetDecimal());
        }

        Assert.NotEmpty(report.Items("differences"));
    }

    public async Task Explain(FactoryHttp http, CancellationToken cancellation)
    {
        var total = System.Numerics.BigInteger.Zero;
        foreach (var (decision, customer) in Decisions.Zip(Holdout))
        {
            var chain = (await http.Get($"/v1/decisions/{decision.Text("decisionId")}", cancellation)).ExpectSuccess().Json;
            total += chain.Picodollars("cost");
            Assert.Equal(decision.Text("variant"), chain.Text("variant"));
            Assert.Equal(customer.Id, chain.Text("unit"));
            Assert.Equal(customer.Churn, chain.Member("outcome").Text("label"));
        }

        Assert.True(total > 0);
        await ExplainWholeChain(http, cancellation);
    }

    private async Task ExplainWholeChain(FactoryHttp http, CancellationToken cancellation)
    {
        var (decision, customer) = (Decisions[0], Holdout[0]);
        var chain = (await http.Get($"/v1/decisions/{decision.Text("decisionId")}", cancellation)).ExpectSuccess().Json;
        Assert.Equal(decision.Text("model"), $"{chain.Member("modelVersion").Text("model")}@{chain.Member("modelVersion").Long("version")}");
        Assert.Equal("completed", chain.Member("trainingRun").Text("status"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Source)), chain.Member("datasetVersion").Member("source").Text("sha256"));
        Assert.Contains(customer.Plan, chain.Member("features").GetRawText(), StringComparison.Ordinal);
        Assert.NotEmpty(chain.Text("variantReason"));
        Assert.True(chain.Long("deviceNanoseconds") > 0);
    }

    private async Task ReadHoldout(FactoryHttp http, string runId, CancellationToken cancellation)
    {
        var csv = (await http.Get($"/v1/training-runs/{runId}/holdout", cancellation)).ExpectSuccess();
        Assert.Equal("text/csv", csv.MediaType);
        var lines = csv.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var byId = _customers.ToDictionary(customer => customer.Id);
        var column = Array.IndexOf(lines[0].Split(','), "customer_id");
        Holdout = [.. lines.Skip(1).Select(line => byId[line.Split(',')[column]])];
        Assert.InRange(Holdout.Count, GoodRows * 0.2, GoodRows * 0.3);
    }
}
