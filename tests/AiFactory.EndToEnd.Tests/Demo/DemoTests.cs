using System.Text.Json;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Demo;

public sealed class DemoTests
{
    private static readonly string[] Keys =
    [
        "rows_ingested", "rows_quarantined", "holdout_auc", "holdout_accuracy", "onnx_max_abs_diff", "decisions", "outcomes",
        "ledger_total_usd", "decisions_total_usd", "cost_per_1000_decisions_usd", "latency_ms", "seconds",
    ];

    [Fact]
    public async Task Demo_OnAFreshFolder_ReachesItsFiguresAndGoes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var report = folder.File("report.json");
        var data = folder.File("data");
        var result = await FactoryCommand.Run(folder.FullName, cancellation, "demo", "--data", data, "--port", "0", "--report", report);
        result.Expect(0);
        var figures = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllBytesAsync(report, cancellation));
        Assert.Equal(Keys.Order(StringComparer.Ordinal), figures.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        AssertFigures(figures);
        Assert.False(File.Exists(Path.Combine(data, "factory.json")), "Without --keep the factory goes when the demo ends.");

        // What the demo made is there for whoever starts the factory on its folder.
        await using var factory = await FactoryProcess.Start(data, cancellation);
        var dataset = (await factory.Http.Get("/v1/datasets/churn/versions/latest", cancellation)).ExpectSuccess().Json;
        Assert.Equal(figures.Long("rows_ingested"), dataset.Long("rows"));
        Assert.Equal(figures.Long("decisions"), (await factory.Http.Reconciled(figures.Long("decisions"), cancellation)).Long("decisions"));
        await factory.Stop(cancellation);
    }

    private static void AssertFigures(JsonElement figures)
    {
        Assert.Equal(5_000, figures.Long("rows_ingested"));
        Assert.True(figures.Long("rows_quarantined") >= 4);
        Assert.InRange(figures.Number("holdout_auc"), 0.90, 1);
        Assert.InRange(figures.Number("holdout_accuracy"), 0.93, 1);
        Assert.InRange(figures.Number("onnx_max_abs_diff"), 0, 1e-5);
        Assert.True(figures.Long("decisions") >= 1_000);
        Assert.InRange(figures.Long("outcomes"), 1_000, figures.Long("decisions"));
        var total = Decimal(figures.Member("decisions_total_usd"));
        Assert.True(total > 0);
        Assert.Equal(total, Decimal(figures.Member("ledger_total_usd")));
        Assert.True(figures.Member("cost_per_1000_decisions_usd").EnumerateObject().Count() >= 2);
        var latency = figures.Member("latency_ms");
        Assert.True(latency.Number("p50") > 0);
        Assert.InRange(latency.Number("p95"), latency.Number("p50"), latency.Number("p99"));
        Assert.True(figures.Member("seconds").EnumerateObject().Sum(step => step.Value.GetDouble()) < 90, "The demo is to take less than 90 s.");
    }

    private static decimal Decimal(JsonElement amount) =>
        amount.ValueKind == JsonValueKind.String ? decimal.Parse(amount.GetString()!, System.Globalization.CultureInfo.InvariantCulture) : amount.GetDecimal();
}
