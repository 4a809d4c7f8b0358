using System.Text.Json;
using AiFactory.Cli.Csv;
using AiFactory.Cli.Demo;
using AiFactory.Domain.Serialization;

namespace AiFactory.Cli.Tests.Demo;

public sealed class DemoTests
{
    [Fact]
    public void RawFile_Written_HoldsAllGoodRowsAndExactlyThePlantedFaults()
    {
        var original = CsvTable.ReadFile(Path.Combine(RawFile.DataFolder, "churn.csv"));
        var text = new StringWriter();
        using var customers = new StreamReader(Path.Combine(RawFile.DataFolder, "churn.csv"));
        var planted = RawFile.Write(customers, text);

        var records = CsvReader.Read(new StringReader(text.ToString())).ToArray();
        var rows = records[1..];
        var faulty = planted.Select(fault => fault.Row).ToHashSet();
        var good = rows.Where((_, index) => !faulty.Contains(index + 1)).ToArray();
        Assert.Equal(["customer_id", .. original.Columns], records[0]);
        Assert.Equal(original.Rows, good.Select(row => row[1..]));
        Assert.Equal(good.Length, good.Select(row => row[0]).Distinct().Count());
        Assert.Equal(
            ["duplicate-key", "missing", "not-allowed", "out-of-range", "wrong-field-count", "wrong-type"],
            planted.Select(fault => fault.Reason).Distinct().Order(StringComparer.Ordinal));
        foreach (var fault in planted)
        {
            AssertFaulty(fault, rows[fault.Row - 1], records[0], good);
        }
    }

    [Fact]
    public void Report_AsJson_HasTheDocumentedKeysAndExactMoney()
    {
        var report = new DemoReport { LedgerTotalUsd = 0.000009745332m, LatencyMs = new(1, 2, 3) };
        report.CostPer1000DecisionsUsd["mlp"] = 0.000012223m;
        report.Seconds["up"] = 1.5;
        var json = JsonSerializer.SerializeToElement(report, FactoryJson.Indented);
        Assert.Equal(
            ["rows_ingested", "rows_quarantined", "holdout_auc", "holdout_accuracy", "onnx_max_abs_diff", "decisions", "outcomes",
                "ledger_total_usd", "decisions_total_usd", "cost_per_1000_decisions_usd", "latency_ms", "seconds"],
            json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(0.000009745332m, json.GetProperty("ledger_total_usd").GetDecimal());
        Assert.Equal(["p50", "p95", "p99"], json.GetProperty("latency_ms").EnumerateObject().Select(member => member.Name));
    }

    private static void AssertFaulty(RawFile.Planted fault, string[] row, string[] columns, string[][] good)
    {
        if (fault.Reason == "wrong-field-count")
        {
            Assert.NotEqual(columns.Length, row.Length);
            return;
        }

        var value = row[Array.IndexOf(columns, fault.Column)];
        Assert.Equal(columns.Length, row.Length);
        Assert.Equal(fault.Reason == "missing", value.Length == 0);
        Assert.Equal(fault.Reason == "duplicate-key", good.Any(other => other[0] == row[0]));
        Assert.Equal(fault.Reason == "wrong-type", fault.Reason != "not-allowed" && value.Length > 0 && fault.Column != "customer_id" && !double.TryParse(value, out _));
    }
}
