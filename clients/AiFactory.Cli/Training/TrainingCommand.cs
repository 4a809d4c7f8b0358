using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Training;

namespace AiFactory.Cli.Training;

/// <summary><c>factory training list|show|cancel|holdout</c></summary>
internal static class TrainingCommand
{
    public static Command Create() => new("training", "Training runs") { List(), Show(), Cancel(), Holdout() };

    private static Command List() => new Command("list", "List training runs").Does(async run =>
    {
        var runs = new List<TrainingRun>();
        foreach (var id in await run.Client.TrainingRuns.List(run.Cancellation))
        {
            runs.Add(await run.Client.TrainingRuns.Get(id, run.Cancellation));
        }

        return run.Show(runs, TrainingViews.Runs);
    });

    private static Command Show()
    {
        var id = RunId();
        return new Command("show", "Show a training run: metrics by epoch, evaluation, model version") { id }.Does(async run =>
            run.Show(await run.Client.TrainingRuns.Get(run.Value(id), run.Cancellation), TrainingViews.RunWithEpochs));
    }

    private static Command Cancel()
    {
        var id = RunId();
        return new Command("cancel", "Stop a training run") { id }.Does(async run =>
            run.Show(await run.Client.TrainingRuns.Cancel(run.Value(id), run.Cancellation), TrainingViews.Run));
    }

    private static Command Holdout()
    {
        var id = RunId();
        var target = new Option<string?>("--out") { HelpName = "FILE", Description = "Where to write; default: standard output" };
        return new Command("holdout", "Write the rows a run never trained on, as CSV") { id, target }.Does(async run =>
        {
            await using var rows = await run.Client.TrainingRuns.Holdout(run.Value(id), run.Cancellation);
            await using var output = run.Value(target) is { } path ? File.Create(path) : Console.OpenStandardOutput();
            await rows.CopyToAsync(output, run.Cancellation);
            return ExitCode.Done;
        });
    }

    private static Argument<string> RunId() => new("RUN") { Description = "Id of the training run" };
}
