using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using AiFactory.Cli.Workers;
using AiFactory.Domain;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AiFactory.Cli.Local;

/// <summary><c>factory status</c></summary>
internal static class StatusCommand
{
    public static Command Create() => new Command("status", "Show the factory: process, silos, workers").Does(async run =>
    {
        var status = await run.Client.Status.Get(run.Cancellation);
        return run.Show(status, value => Render(value, run.Client.Address));
    });

    private static Rows Render(FactoryStatus status, Uri address)
    {
        var workers = Tables.Create("Worker", "Device", "Busy", ">Batches", ">Rows", "Models", "Training", "Readings");
        foreach (var worker in status.Workers)
        {
            workers.AddTextRow(
                worker.Key.ToString(),
                $"{worker.Device.Model} ({worker.Device.Tier})",
                Format.Percent(worker.BusyFraction),
                Format.Count(worker.Batches),
                Format.Count(worker.Rows),
                string.Join(", ", worker.LoadedModels),
                string.Join(", ", worker.TrainingRuns),
                WorkerCommand.Readings(worker.Reading));
        }

        IRenderable facts = Facts.Panel(
            $"Factory {status.Version}",
            ("Address", address.ToString()),
            ("gRPC", status.GrpcUrl ?? "-"),
            ("Folder", status.DataFolder),
            ("Process", Format.Invariant($"{status.ProcessId}, up since {Format.Time(status.StartedAt)}")),
            ("Silos", string.Join(", ", status.Silos)));
        return new Rows(facts, workers);
    }
}
