using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Grains.Datasets;

namespace AiFactory.Gateway.Fakes;

internal sealed class FakeDataset(string key) : IDatasetGrain
{
    private readonly List<Ingestion> _ingestions = [];

    public DatasetVersion? Version { get; set; }

    public IngestDataset? Ingested { get; private set; }

    public static DatasetVersion VersionOf(string name, int version, long rows) => new(
        name, version, "i1", rows, 0, new(name, "1.0.0", []), new(rows, []), new("f.csv", "ab", 1), [], [], DateTimeOffset.UnixEpoch);

    public Task<Dataset> Get() => Version is null
        ? throw NotFound()
        : Task.FromResult(new Dataset(DatasetKey.FromGrainKey(key).Dataset, Version.Contract, [Version], _ingestions));

    public Task<Ingestion> Ingest(IngestDataset command)
    {
        Ingested = command;
        var ingestion = new Ingestion($"i{_ingestions.Count + 1}", DatasetKey.FromGrainKey(key).Dataset, command.Source, IngestionStatus.Running, DateTimeOffset.UnixEpoch);
        _ingestions.Add(ingestion);
        return Task.FromResult(ingestion);
    }

    public Task<Ingestion> GetIngestion(string ingestionId) =>
        Task.FromResult(_ingestions.FirstOrDefault(ingestion => ingestion.Id == ingestionId)
            ?? throw new RefusedException(new("ingestion-not-found", RefusalKind.NotFound, "No such ingestion.")));

    public Task<DatasetVersion> GetVersion(int? version) =>
        Task.FromResult(Version is { } there && (version is null || version == there.Version) ? there : throw NotFound());

    private RefusedException NotFound() => new(new("dataset-not-found", RefusalKind.NotFound, $"There is no dataset '{key}'.", key, "Ingest it."));
}

internal sealed class FakeCatalog : IDatasetCatalogGrain, Grains.Models.IModelCatalogGrain, Grains.Endpoints.IEndpointCatalogGrain, Grains.Training.ITrainingRunCatalogGrain
{
    private readonly List<string> _names = [];

    public Task Add(string name)
    {
        _names.Add(name);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> List() => Task.FromResult<IReadOnlyList<string>>([.. _names]);
}
