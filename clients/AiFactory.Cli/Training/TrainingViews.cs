using AiFactory.Cli.Rendering;
using AiFactory.Domain.Training;
using Spectre.Console;

namespace AiFactory.Cli.Training;

/// <summary>Training runs as people see them.</summary>
internal static class TrainingViews
{
    public static Panel Run(TrainingRun run) => Facts.Panel(
        $"Training run {run.Id}",
        ("Status", run.Refusal is { } refusal ? $"{run.Status}: {refusal}" : run.Status.ToString()),
        ("Model", run.ModelVersion?.ToString() ?? run.Spec.Model),
        ("Dataset", $"{run.Spec.Dataset}, label {run.Spec.Label}"),
        ("Trainer", Format.Invariant($"{run.Spec.Trainer}, {run.Spec.Shards} shard(s), seed {run.Spec.Seed}, attempt {run.Attempt}")),
        ("Epochs", Format.Invariant($"{run.Epochs.Count}, checkpoint at {run.CheckpointEpoch}")),
        ("Holdout", run.Evaluation is { } evaluation ? Quality(evaluation) : "not evaluated yet"),
        ("Workers", string.Join(", ", run.Workers)));

    public static Rows RunWithEpochs(TrainingRun run) => new(Run(run), TrainingProgress.Table(run));

    public static Table Runs(IReadOnlyList<TrainingRun> runs)
    {
        var table = Tables.Create("Run", "Model", "Dataset", "Trainer", "Status", ">Epochs", ">AUC", "Created");
        foreach (var run in runs.OrderBy(run => run.CreatedAt))
        {
            table.AddTextRow(
                run.Id, run.ModelVersion?.ToString() ?? run.Spec.Model, run.Spec.Dataset.ToString(), run.Spec.Trainer, run.Status.ToString(),
                Format.Count(run.Epochs.Count), run.Evaluation is { } evaluation ? Format.Invariant($"{evaluation.Auc.Value:0.0000}") : "-", Format.Time(run.CreatedAt));
        }

        return table;
    }

    public static string Quality(Evaluation evaluation) => Format.Invariant(
        $"AUC {Format.Interval(evaluation.Auc)}, accuracy {Format.Interval(evaluation.Accuracy)} on {evaluation.HoldoutRows} rows; ONNX max abs difference {evaluation.OnnxMaxAbsDifference:0.0e+0}");
}
