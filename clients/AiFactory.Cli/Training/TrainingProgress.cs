using AiFactory.Cli.Rendering;
using AiFactory.Client;
using AiFactory.Domain.Training;
using Spectre.Console;

namespace AiFactory.Cli.Training;

/// <summary>Shows a run's epochs as they come: a table that grows on a terminal, a line now and then elsewhere.</summary>
internal static class TrainingProgress
{
    private const int RowsShownMax = 12;

    /// <summary>Watches a run to its end and gives it back as it then stands.</summary>
    public static async Task<TrainingRun> Watch(IAnsiConsole console, FactoryClient client, TrainingRun started, CancellationToken cancellation)
    {
        if (!console.Profile.Capabilities.Interactive)
        {
            var plain = await client.TrainingRuns.WaitForTraining(started.Id, cancellation: cancellation);
            console.Write(Table(plain));
            return plain;
        }

        return await console.Live(Table(started)).StartAsync(context => client.TrainingRuns.WaitForTraining(
            started.Id,
            new Immediate<TrainingRun>(run =>
            {
                context.UpdateTarget(Table(run));
                context.Refresh();
            }),
            cancellation: cancellation));
    }

    /// <summary>The epochs so far; of many, the first, the last and evenly spaced ones between.</summary>
    internal static Table Table(TrainingRun run)
    {
        var table = Tables.Create(">Epoch", ">Train loss", ">Holdout loss", ">Holdout AUC", ">Holdout accuracy", ">Seconds");
        table.Title = new TableTitle(Markup.Escape(Format.Invariant($"{run.Spec.Model}: {run.Spec.Trainer}, {run.Spec.Shards} shard(s), {run.Status}")));
        foreach (var epoch in Sample(run.Epochs))
        {
            table.AddTextRow(
                Format.Count(epoch.Epoch),
                Format.Invariant($"{epoch.TrainLoss:0.0000}"),
                Format.Invariant($"{epoch.HoldoutLoss:0.0000}"),
                Format.Invariant($"{epoch.HoldoutAuc:0.0000}"),
                Format.Invariant($"{epoch.HoldoutAccuracy:0.0000}"),
                Format.Invariant($"{epoch.Seconds:0.00}"));
        }

        return table;
    }

    private static IEnumerable<EpochMetrics> Sample(IReadOnlyList<EpochMetrics> epochs) => epochs.Count <= RowsShownMax
        ? epochs
        : Enumerable.Range(0, RowsShownMax).Select(i => epochs[(int)Math.Round(i * (epochs.Count - 1) / (double)(RowsShownMax - 1))]);

    // Progress<T> posts to the thread pool, where an early report may overtake a later one.
    private sealed class Immediate<T>(Action<T> act) : IProgress<T>
    {
        public void Report(T value) => act(value);
    }
}
