using System.CommandLine;

namespace AiFactory.Cli.Datasets;

/// <summary><c>factory dataset</c> and its verbs.</summary>
internal static class DatasetCommand
{
    public static Command Create() => new("dataset", "Datasets: contracts, ingestion, versions, quarantine")
    {
        InferCommand.Create(),
        IngestCommand.Create(),
        DatasetShowCommand.Create(),
        DatasetVersionsCommand.Create(),
        QuarantineCommand.Create(),
    };
}
