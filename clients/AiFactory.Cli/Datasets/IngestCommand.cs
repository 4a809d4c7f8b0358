using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using AiFactory.Client.Datasets;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Datasets;

/// <summary><c>factory dataset ingest NAME FILE [--contract FILE]</c></summary>
internal static class IngestCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "Dataset, new or not" };
        var file = new Argument<string>("FILE") { Description = "CSV file with a line of headings" };
        var contract = new Option<string?>("--contract") { HelpName = "FILE", Description = "Contract as Open Data Contract Standard YAML or JSON" };
        var detach = new Option<bool>("--no-wait") { Description = "Return when the file is uploaded, not when its version is published" };
        return new Command("ingest", "Make the next version of a dataset out of a CSV file; bad rows go to quarantine") { name, file, contract, detach }.Does(async run =>
        {
            var contractText = run.Value(contract) is { } path ? await File.ReadAllTextAsync(path, run.Cancellation) : null;
            var upload = DatasetUpload.FromFile(run.Value(file), contractText);
            var ingestion = await run.Output.Working($"Ingesting {upload.FileName}", run.Json, async () =>
            {
                var started = await run.Client.Datasets.Ingest(run.Value(name), upload, run.Cancellation);
                return run.Value(detach) ? started : await run.Client.Datasets.WaitForIngestion(run.Value(name), started.Id, cancellation: run.Cancellation);
            });
            return await Show(run, ingestion);
        });
    }

    private static async Task<int> Show(CommandRun run, Ingestion ingestion)
    {
        if (ingestion.Refusal is { } refusal)
        {
            throw new RefusedException(refusal);
        }

        if (ingestion.Version is not { } version)
        {
            return run.Show(ingestion, running => Facts.Panel(
                "Ingestion running", ("Id", running.Id), ("Dataset", running.Dataset), ("Source", $"{running.Source.FileName}, sha256 {running.Source.Sha256}")));
        }

        var published = await run.Client.Datasets.GetVersion(ingestion.Dataset, version, run.Cancellation);
        return run.Show(published, DatasetViews.Version);
    }
}
