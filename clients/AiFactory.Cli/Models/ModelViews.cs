using AiFactory.Cli.Rendering;
using AiFactory.Cli.Training;
using AiFactory.Domain.Models;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AiFactory.Cli.Models;

/// <summary>Models as people see them.</summary>
internal static class ModelViews
{
    public static Table List(IReadOnlyList<Model> models)
    {
        var table = Tables.Create("Model", "Kind", "Trained on", ">AUC", ">Accuracy", "Gate", "Created");
        foreach (var version in models.SelectMany(model => model.Versions))
        {
            table.AddTextRow(
                Format.Invariant($"{version.Model}@{version.Version}"),
                version.Kind,
                version.Origin.Dataset?.ToString() ?? version.Origin.ImportedFileName ?? string.Empty,
                version.Evaluation is { } a ? Format.Invariant($"{a.Auc.Value:0.0000}") : "-",
                version.Evaluation is { } b ? Format.Invariant($"{b.Accuracy.Value:0.0000}") : "-",
                version.QualityGate.Passed ? "passed" : "failed",
                Format.Time(version.CreatedAt));
        }

        return table;
    }

    public static Rows Version(ModelVersion version)
    {
        List<IRenderable> parts =
        [
            Facts.Panel(
                Format.Invariant($"{version.Model}@{version.Version}"),
                ("Kind", version.Kind),
                ("Artefact", $"{(version.Ensemble is null ? "ONNX" : "definition")}, {Format.Bytes(version.ArtifactBytes)}, sha256 {version.ArtifactSha256}"),
                ("Origin", Origin(version.Origin)),
                ("Inputs", Tensors(version.Signature.Inputs, version.Signature)),
                ("Outputs", Tensors(version.Signature.Outputs, version.Signature)),
                ("Remembers", version.Signature.Sequence is { } states ? SequenceRules.Text(states) : "nothing"),
                ("Classes", version.Classes is { } classes
                    ? Format.Invariant($"{classes.Negative} / {classes.Positive}, positive from {classes.Threshold:0.###} on") : "none"),
                ("Parameters", string.Join(", ", version.Parameters.Select(pair => $"{pair.Key}={pair.Value}"))),
                ("Holdout", version.Evaluation is { } evaluation ? TrainingViews.Quality(evaluation) : "not evaluated"),
                ("Created", Format.Time(version.CreatedAt))),
            .. version.Ensemble is { } ensemble ? new IRenderable[] { EnsembleViews.Graph(ensemble) } : [],
            Gate(version.QualityGate),
        ];
        return new Rows(parts);
    }

    public static Rows Gate(GateReport gate) => new(
    [
        new Markup(gate.Passed ? "[green]Quality gate passed[/]" : "[red]Quality gate failed[/]"),
        .. gate.Findings.Select(finding => new Text($"  {finding}")),
    ]);

    private static string Origin(ModelOrigin origin) => string.Join(", ", new[]
    {
        origin.TrainingRunId is { } run ? $"training run {run}" : null,
        origin.Dataset is { } dataset ? $"dataset {dataset}" : null,
        origin.ImportedFileName is { } file ? $"imported from {file}" : null,
        $"code {origin.CodeVersion}",
    }.Where(part => part is not null));

    private static string Tensors(IReadOnlyList<TensorSpec> tensors, ModelSignature signature) => string.Join(", ", tensors.Select(tensor =>
        $"{tensor.Name} {tensor.DataType.ToString().ToUpperInvariant()}[{string.Join(',', [.. signature.Batched ? ["N"] : Array.Empty<string>(), .. tensor.RowShape.Select(size => size < 0 ? "any" : Format.Invariant($"{size}"))])}]"));
}
