using System.Text.Json.Serialization;

namespace AiFactory.Cli.Demo;

/// <summary>The demo's figures, as <c>--report FILE</c> writes them. Money is in USD, exact to the picodollar; times are in seconds but for latencies.</summary>
internal sealed class DemoReport
{
    [JsonPropertyName("rows_ingested")]
    public long RowsIngested { get; set; }

    [JsonPropertyName("rows_quarantined")]
    public long RowsQuarantined { get; set; }

    /// <summary>Of the better model.</summary>
    [JsonPropertyName("holdout_auc")]
    public double HoldoutAuc { get; set; }

    /// <summary>Of the better model.</summary>
    [JsonPropertyName("holdout_accuracy")]
    public double HoldoutAccuracy { get; set; }

    /// <summary>The largest of both models.</summary>
    [JsonPropertyName("onnx_max_abs_diff")]
    public double OnnxMaxAbsDiff { get; set; }

    /// <summary>Made by this run of the demo.</summary>
    [JsonPropertyName("decisions")]
    public int Decisions { get; set; }

    /// <summary>Reported by this run of the demo.</summary>
    [JsonPropertyName("outcomes")]
    public int Outcomes { get; set; }

    /// <summary>What the ledger says all decisions cost.</summary>
    [JsonPropertyName("ledger_total_usd")]
    public decimal LedgerTotalUsd { get; set; }

    /// <summary>The decision records' own costs, added up anew.</summary>
    [JsonPropertyName("decisions_total_usd")]
    public decimal DecisionsTotalUsd { get; set; }

    [JsonPropertyName("cost_per_1000_decisions_usd")]
    public SortedDictionary<string, decimal> CostPer1000DecisionsUsd { get; } = new(StringComparer.Ordinal);

    [JsonPropertyName("latency_ms")]
    public Latency? LatencyMs { get; set; }

    /// <summary>By step, in their order.</summary>
    [JsonPropertyName("seconds")]
    public Dictionary<string, double> Seconds { get; } = new(StringComparer.Ordinal);

    /// <summary>Of all steps.</summary>
    [JsonIgnore]
    public double TotalSeconds => Seconds.Values.Sum();

    internal sealed record Latency(
        [property: JsonPropertyName("p50")] double P50, [property: JsonPropertyName("p95")] double P95, [property: JsonPropertyName("p99")] double P99);
}
