using AiFactory.Cli.Rendering;
using AiFactory.Cli.Training;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Tenants;
using AiFactory.Domain.Training;

namespace AiFactory.Cli.Demo;

/// <summary>Trains two rivals on the same rows: a neural network over two shards, and boosted trees.</summary>
internal sealed class TrainStep : IDemoStep
{
    private const double AucMin = 0.90;
    private const double AccuracyMin = 0.93;

    // One seed for both, so that both keep the same customers from training.
    private const int Seed = 1;

    public string Name => "train";

    public string Title => "Train: two models, rivals";

    public IReadOnlyList<string> ByHand =>
    [
        "factory train churn-mlp --dataset churn --label churn --trainer mlp --shards 2",
        "factory train churn-trees --dataset churn --label churn --trainer lightgbm",
    ];

    public async Task Run(DemoContext demo)
    {
        demo.Runs = [await Train(demo, "churn-mlp", "mlp", shards: 2), await Train(demo, "churn-trees", "lightgbm", shards: 1)];
        var best = demo.Runs.MaxBy(run => run.Evaluation!.Auc.Value)!.Evaluation!;
        demo.Report.HoldoutAuc = best.Auc.Value;
        demo.Report.HoldoutAccuracy = best.Accuracy.Value;
        demo.Report.OnnxMaxAbsDiff = demo.Runs.Max(run => run.Evaluation!.OnnxMaxAbsDifference);
        demo.Check(
            best.Auc.Value >= AucMin && best.Accuracy.Value >= AccuracyMin,
            Format.Invariant($"the better one reaches AUC {AucMin:0.00} and accuracy {AccuracyMin:0.00} on {best.HoldoutRows} held-out customers"));
    }

    private static async Task<TrainingRun> Train(DemoContext demo, string model, string trainer, int shards)
    {
        var spec = new TrainingSpec(
            model, new DatasetVersionKey(Tenant.Default, DemoContext.Churn, demo.Dataset!.Version), RawFile.LabelColumn, trainer, PositiveClass: "yes", Shards: shards, Seed: Seed);
        var started = await demo.Client.TrainingRuns.Start(spec, cancellation: demo.Cancellation);
        var run = await TrainingProgress.Watch(demo.Console, demo.Client, started, demo.Cancellation);
        if (run.Status != TrainingStatus.Completed || run.Evaluation is null || run.ModelVersion is null)
        {
            throw new RefusedException(run.Refusal ?? new Refusal(
                "training-incomplete", RefusalKind.Fault, $"The training run ended as {run.Status} without an evaluated model.", run.Id, "See silo.log in the data folder."));
        }

        demo.Say($"{model}: {TrainingViews.Quality(run.Evaluation)}");
        return run;
    }
}
