using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;

namespace AiFactory.Grains.Datasets;

/// <summary>How a dataset's background work comes back into its grain. Key: <see cref="DatasetKey"/>.</summary>
[Alias("aifactory.ingesting-dataset")]
internal interface IIngestingDatasetGrain : IGrainWithStringKey
{
    /// <summary>Goes on with whatever is running.</summary>
    [Alias("Resume")]
    Task Resume();

    /// <summary>An ingestion came to its end: a version, or a refusal.</summary>
    [Alias("Ended")]
    Task Ended(string ingestionId, DatasetVersion? version, Refusal? refusal);
}
