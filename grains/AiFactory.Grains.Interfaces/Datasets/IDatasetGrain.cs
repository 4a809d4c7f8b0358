using AiFactory.Domain.Datasets;

namespace AiFactory.Grains.Datasets;

/// <summary>A dataset: its contract and its immutable versions. Key: <see cref="DatasetKey"/>.</summary>
[Alias("aifactory.dataset"), Version(1)]
public interface IDatasetGrain : IGrainWithStringKey
{
    [Alias("Get")]
    Task<Dataset> Get();

    /// <summary>
    /// Starts to make a version out of a source that the object store already holds; acknowledged once durable, and then resumed
    /// after any crash until it is published or refused. Asking again with the same source and contract gives the same ingestion.
    /// </summary>
    [Alias("Ingest")]
    Task<Ingestion> Ingest(IngestDataset command);

    [Alias("GetIngestion")]
    Task<Ingestion> GetIngestion(string ingestionId);

    /// <param name="version">Null: the newest.</param>
    [Alias("GetVersion")]
    Task<DatasetVersion> GetVersion(int? version);
}

/// <summary>All dataset names of a tenant. Key: tenant.</summary>
[Alias("aifactory.dataset-catalog"), Version(1)]
public interface IDatasetCatalogGrain : IGrainWithStringKey
{
    [Alias("Add")]
    Task Add(string name);

    [Alias("List")]
    Task<IReadOnlyList<string>> List();
}
