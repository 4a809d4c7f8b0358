using System.Text.Json;
using AiFactory.Cli.Models;
using AiFactory.Cli.Rendering;
using AiFactory.Cli.Training;
using AiFactory.Domain.Decisions;
using Spectre.Console;

namespace AiFactory.Cli.Decisions;

/// <summary>Decisions as people see them.</summary>
internal static class DecisionViews
{
    private const int DecisionsShown = 10;

    public static Table Decisions(IReadOnlyList<DecisionResponse> decisions)
    {
        var table = Tables.Create("Decision", "Unit", "Prediction", ">Score", "Variant", "Model");
        foreach (var decision in decisions.Take(DecisionsShown))
        {
            table.AddTextRow(
                decision.DecisionId, decision.Unit ?? string.Empty, decision.Prediction ?? "-",
                decision.Score is { } score ? Format.Invariant($"{score:0.0000}") : "-", decision.Variant, decision.Model);
        }

        if (decisions.Count > DecisionsShown)
        {
            table.Caption = new TableTitle(Markup.Escape(Format.Invariant($"the first {DecisionsShown} of {decisions.Count}")));
        }

        return table;
    }

    /// <summary>The chain behind a decision as a tree, from its answer back to the source file.</summary>
    public static Tree Explanation(DecisionExplanation decision)
    {
        var answer = decision.Prediction ?? string.Join(", ", decision.Outputs.Select(Pair));
        var tree = new Tree(Markup.FromInterpolated($"[bold]{decision.DecisionId}[/] decided [bold]{answer}[/] at {Format.Time(decision.At)}"))
        {
            Style = new Style(Color.Grey),
        };
        Line(tree, "asked", $"endpoint {decision.Endpoint} revision {decision.Revision}, request {decision.RequestId}, unit {decision.Unit ?? "none"}");
        Line(tree, "variant", $"{(decision.Variant.Length == 0 ? "none" : decision.Variant)}: {decision.VariantReason}");
        Line(tree, "features", string.Join(", ", decision.Features.Select(Pair)));
        Line(tree, "outputs", string.Join(", ", decision.Outputs.Select(Pair)));
        Line(tree, "outcome", decision.Outcome is { } outcome
            ? $"{outcome.Label}, {(outcome.Label == decision.Prediction ? "as predicted" : "not as predicted")}, reported {Format.Time(outcome.At)}"
            : "not known yet");
        Line(tree, "cost", decision.Worker.Length == 0 ? "nothing: no worker was asked" : Format.Invariant(
            $"{Format.Usd(decision.Cost)} USD: {decision.DeviceNanoseconds} ns of {decision.Worker}, in a batch of {decision.BatchRows} row(s), price book {decision.PriceBookVersion}"));
        Line(tree, "latency", Format.Invariant($"{decision.LatencyMicroseconds} us in the factory"));
        if (decision.Log is { } log)
        {
            Line(tree, "log", Format.Invariant($"{log.Log} does not answer; read from what it shipped, up to address {log.Position}. An outcome may have come after that."));
        }

        if (decision.Mirrors is { } mirrored)
        {
            Line(tree, "mirrors", mirrored);
        }

        foreach (var shadow in decision.Shadows ?? [])
        {
            Line(tree, "shadow", $"{shadow}: what a shadow answered to the same request");
        }

        Lineage(tree, decision);
        return tree;
    }

    private static void Lineage(IHasTreeNodes node, DecisionExplanation decision)
    {
        if (decision.ModelVersion is { } model)
        {
            node = Line(node, "model", Format.Invariant($"{model.Model}@{model.Version} ({model.Kind}), {(model.Ensemble is null ? "ONNX" : "definition")} sha256 {Format.Digest(model.ArtifactSha256)}, code {model.Origin.CodeVersion}"));
            foreach (var step in model.Ensemble?.Steps ?? [])
            {
                Line(node, "step", EnsembleViews.Step(step));
            }
        }

        if (decision.TrainingRun is { } run)
        {
            node = Line(node, "training run", Format.Invariant($"{run.Id}: {run.Spec.Trainer}, {run.Spec.Shards} shard(s), seed {run.Spec.Seed}, {run.Epochs.Count} epochs"));
            if (run.Evaluation is { } evaluation)
            {
                Line(node, "holdout", TrainingViews.Quality(evaluation));
            }
        }

        if (decision.DatasetVersion is { } dataset)
        {
            node = Line(node, "dataset", Format.Invariant($"{dataset.Dataset}@{dataset.Version}, {dataset.Rows} rows, {dataset.QuarantinedRows} in quarantine"));
            Line(node, "source file", $"{dataset.Source.FileName}, {Format.Bytes(dataset.Source.SizeBytes)}, sha256 {dataset.Source.Sha256}");
        }
    }

    private static TreeNode Line(IHasTreeNodes parent, string name, string text) => parent.AddNode(Markup.FromInterpolated($"[grey]{name}[/] {text}"));

    private static string Pair(KeyValuePair<string, JsonElement> pair) => $"{pair.Key}={(pair.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? pair.Value.GetRawText() : pair.Value)}";
}
