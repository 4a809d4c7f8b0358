using AiFactory.Cli.Rendering;
using AiFactory.Cli.Training;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;
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
                !version.QualityGate.Passed ? "failed" : version.Evaluation is null ? "runs" : "passed",
                Format.Time(version.CreatedAt));
        }

        return table;
    }

    public static Rows Versions(IReadOnlyList<ModelVersion> versions) => new(versions.Select(Version));

    public static Rows Loaded(IReadOnlyList<WorkerModels> workers) => new(workers.Select(worker =>
    {
        var table = Tables.Create("Model", ">Memory", ">Users", ">Idle", "State");
        table.Title = new TableTitle(Format.Invariant($"{worker.Worker}: {Format.Bytes(worker.MemoryBytes)} of {Format.Bytes(worker.MemoryBytesMax)}"));
        foreach (var model in worker.Models)
        {
            table.AddTextRow(
                ModelVersionKey.FromGrainKey(model.Model).ToString(),
                Format.Bytes(model.MemoryBytes),
                Format.Invariant($"{model.Users}"),
                Format.Invariant($"{model.IdleSeconds:0} s"),
                model.Loading ? "loading" : model.Pinned ? "pinned" : "ready");
        }

        return (IRenderable)table;
    }));

    public static Rows Version(ModelVersion version)
    {
        List<IRenderable> parts =
        [
            Facts.Panel(
                Format.Invariant($"{version.Model}@{version.Version}"),
                ("Kind", version.Kind),
                ("Artefact", $"{(version.Ensemble is null ? "ONNX" : "definition")}, {Format.Bytes(version.ArtifactBytes)}, sha256 {version.ArtifactSha256}"),
                ("Files", version.Files is { } files ? string.Join(", ", files.Select(file => file.Path)) : "one"),
                ("Memory", version.MemoryBytes > 0 ? Format.Bytes(version.MemoryBytes) : "not measured"),
                ("Origin", Origin(version.Origin)),
                ("Inputs", Tensors(version.Signature.Inputs, version.Signature)),
                ("Outputs", Tensors(version.Signature.Outputs, version.Signature)),
                ("Remembers", version.Signature.Sequence is { } states ? SequenceRules.Text(states) : "nothing"),
                ("Padded", version.Signature.Padding is { } padding ? PaddingRules.Text(padding) : "never"),
                ("Classes", version.Classes is { } classes
                    ? Format.Invariant($"{classes.Negative} / {classes.Positive}, positive from {classes.Threshold:0.###} on") : "none"),
                ("Parameters", string.Join(", ", version.Parameters.Select(pair => $"{pair.Key}={pair.Value}"))),
                ("Holdout", version.Evaluation is { } evaluation ? TrainingViews.Quality(evaluation) : "not evaluated"),
                ("Created", Format.Time(version.CreatedAt))),
            .. version.Ensemble is { } ensemble ? new IRenderable[] { EnsembleViews.Graph(ensemble) } : [],
            Gate(version.QualityGate, version.Evaluation is not null),
        ];
        return new Rows(parts);
    }

    /// <param name="evaluated">Whether quality was looked at; else the report tells only that the model runs.</param>
    public static Rows Gate(GateReport gate, bool evaluated = true) => new(
    [
        new Markup((gate.Passed, evaluated) switch
        {
            (false, _) => "[red]Quality gate failed[/]",
            (true, true) => "[green]Quality gate passed[/]",
            (true, false) => "[yellow]Runs; quality not evaluated[/]",
        }),
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
        $"{tensor.Name} {tensor.DataType.ToString().ToUpperInvariant()}[{string.Join(',', [.. signature.Batched ? ["N"] : Array.Empty<string>(), .. tensor.RowShape.Select((size, axis) => size < 0 ? FreeAxis(tensor, axis) : Format.Invariant($"{size}"))])}]"));

    // Its name in the file is what --pad takes.
    private static string FreeAxis(TensorSpec tensor, int axis) => tensor.AxisNames?[axis] is { Length: > 0 } name ? name : "any";
}
