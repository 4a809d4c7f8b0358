using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Datasets;

namespace AiFactory.Cli.Datasets;

/// <summary><c>factory dataset</c> and its verbs.</summary>
internal static class DatasetCommand
{
    public static Command Create() => new("dataset", "Datasets: contracts, ingestion, versions, quarantine")
    {
        InferCommand.Create(),
        IngestCommand.Create(),
        List(),
        DatasetShowCommand.Create(),
        DatasetVersionsCommand.Create(),
        QuarantineCommand.Create(),
    };

    private static Command List() => new Command("list", "List datasets").Does(async run =>
    {
        var datasets = new List<Dataset>();
        foreach (var name in await run.Client.Datasets.List(run.Cancellation))
        {
            datasets.Add(await run.Client.Datasets.Get(name, run.Cancellation));
        }

        return run.Show(datasets, DatasetViews.List);
    });
}
