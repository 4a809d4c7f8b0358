using System.Security.Cryptography;
using System.Text.Json;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using AiFactory.Domain.Tenants;

namespace AiFactory.Domain.Datasets;

/// <summary>The life of an ingestion: accepted, then published or refused.</summary>
public static class IngestionRules
{
    private const int IdHexDigits = 16;

    /// <summary>
    /// The ingestion of this source under this contract: the one there is, or a new one. One that was refused for a passing reason
    /// (no room, not now, a fault of ours) starts again.
    /// </summary>
    public static Ruling<KeptIngestion> Accept(DatasetHistory history, DatasetKey key, IngestDataset command, DateTimeOffset now)
    {
        if (ResourceName.Check("dataset", key.Dataset) is { Granted: false, Refusal: var refusal })
            return refusal;
        var contract = command.Contract ?? history.Contract;
        var text = Text(contract);
        var known = history.Ingestions.LastOrDefault(kept => kept.Ingestion.Source.Sha256 == command.Source.Sha256
            && kept.Ingestion.Source.ModifiedAt == command.Source.ModifiedAt && Text(ContractOf(history, kept)) == text);
        if (known is null)
            return new KeptIngestion(new Ingestion(Id(command.Source, text), key.Dataset, command.Source, IngestionStatus.Running, now), contract);
        return known.Ingestion is { Status: IngestionStatus.Refused, Refusal.Kind: RefusalKind.Fault or RefusalKind.Unavailable or RefusalKind.StorageFull }
            ? known with { Ingestion = known.Ingestion with { Status = IngestionStatus.Running, Refusal = null, StartedAt = now } }
            : known;
    }

    /// <summary>The history once an ingestion's version is there; its contract becomes the dataset's. No effect twice.</summary>
    public static DatasetHistory Publish(DatasetHistory history, string ingestionId, DatasetVersion version)
    {
        if (Find(history, ingestionId) is not { Ingestion.Status: IngestionStatus.Running } kept)
            return history;
        var ended = kept.Ingestion with { Status = IngestionStatus.Published, Version = version.Version, RowsRead = version.Rows + version.QuarantinedRows };
        return history.Apply(kept with { Ingestion = ended }) with { Contract = version.Contract, Versions = [.. history.Versions, version] };
    }

    /// <summary>The history once an ingestion is refused. No effect twice.</summary>
    public static DatasetHistory Refuse(DatasetHistory history, string ingestionId, Refusal refusal) =>
        Find(history, ingestionId) is { Ingestion.Status: IngestionStatus.Running } kept
            ? history.Apply(kept with { Ingestion = kept.Ingestion with { Status = IngestionStatus.Refused, Refusal = refusal } })
            : history;

    public static Ruling<Dataset> List(DatasetHistory history, DatasetKey key) =>
        history.Ingestions.Count == 0
            ? DatasetNotFound(key)
            : new Dataset(key.Dataset, history.Contract, history.Versions, [.. history.Ingestions.Select(kept => kept.Ingestion)]);

    public static Ruling<Ingestion> FindIngestion(DatasetHistory history, DatasetKey key, string ingestionId) =>
        Find(history, ingestionId) is { } kept
            ? kept.Ingestion
            : new Refusal("ingestion-not-found", RefusalKind.NotFound, $"Dataset {key.Dataset} has no ingestion {ingestionId}.", ingestionId,
                "Use the id that the ingestion was accepted with.");

    /// <summary>A version by number, or the newest.</summary>
    public static Ruling<DatasetVersion> FindVersion(DatasetHistory history, DatasetKey key, int? version)
    {
        if (history.Ingestions.Count == 0)
            return DatasetNotFound(key);
        var found = version is null ? history.Newest : history.Versions.FirstOrDefault(kept => kept.Version == version);
        return found is not null
            ? found
            : new Refusal("dataset-version-not-found", RefusalKind.NotFound, $"Dataset {key.Dataset} has no version {version?.ToString() ?? "yet"}.", key.Dataset,
                "factory dataset versions NAME lists its versions.");
    }

    private static Refusal DatasetNotFound(DatasetKey key) => new("dataset-not-found", RefusalKind.NotFound, $"There is no dataset {key.Dataset}.", key.Dataset,
        "Ingest a file first with factory dataset ingest.");

    private static KeptIngestion? Find(DatasetHistory history, string id) => history.Ingestions.FirstOrDefault(kept => kept.Ingestion.Id == id);

    // An ingestion whose contract was inferred stands, once published, under the contract that came out.
    private static DataContract? ContractOf(DatasetHistory history, KeptIngestion kept) =>
        kept.Contract ?? history.Versions.FirstOrDefault(version => version.IngestionId == kept.Ingestion.Id)?.Contract;

    private static string Text(DataContract? contract) => contract is null ? "" : JsonSerializer.Serialize(contract, FactoryJson.Options);

    private static string Id(SourceFile source, string contract) =>
        "ing-" + Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new[] { source.Sha256, source.ModifiedAt?.ToString("O") ?? "", contract })))[..IdHexDigits];
}
