using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Datasets;

internal sealed partial class DatasetGrain
{
    [LoggerMessage(LogLevel.Information, "Dataset {Dataset}: ingestion {Ingestion} runs.")]
    private partial void LogStarted(string dataset, string ingestion);

    [LoggerMessage(LogLevel.Information, "Dataset {Dataset}: ingestion {Ingestion} ended as version {Version}. {Refusal}")]
    private partial void LogEnded(string dataset, string ingestion, int? version, string? refusal);
}
