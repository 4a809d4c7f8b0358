using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Datasets;

internal sealed partial class DatasetGrain
{
    [LoggerMessage(LogLevel.Information, "Dataset {Dataset}: ingestion {Ingestion} runs.")]
    private partial void LogStarted(string dataset, string ingestion);

    [LoggerMessage(LogLevel.Information, "Dataset {Dataset}: ingestion {Ingestion} published version {Version}.")]
    private partial void LogPublished(string dataset, string ingestion, int version);

    [LoggerMessage(LogLevel.Information, "Dataset {Dataset}: ingestion {Ingestion} was refused. {Refusal}")]
    private partial void LogRefused(string dataset, string ingestion, string refusal);
}
