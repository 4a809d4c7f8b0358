namespace AiFactory.Domain.Datasets;

/// <summary>Where the rows came from.</summary>
/// <param name="FileName">As the producer named it.</param>
/// <param name="Sha256">Lower-case hex digest of the bytes received; also the content address of the kept source.</param>
/// <param name="ModifiedAt">The time the producer states for the data, for freshness.</param>
public sealed record SourceFile(string FileName, string Sha256, long SizeBytes, DateTimeOffset? ModifiedAt = null);

/// <summary>An immutable, published set of rows with its contract, profile and lineage.</summary>
/// <param name="Rows">Good rows, readable through <paramref name="DataFiles"/>.</param>
/// <param name="QuarantinedRows">Distinct bad rows, kept in the quarantine table.</param>
/// <param name="DataFiles">Parquet files, as object-store paths, in row order.</param>
/// <param name="QuarantineFiles">Parquet files of the quarantine table; empty when no row was bad.</param>
public sealed record DatasetVersion(
    string Dataset,
    int Version,
    string IngestionId,
    long Rows,
    long QuarantinedRows,
    DataContract Contract,
    DatasetProfile Profile,
    SourceFile Source,
    IReadOnlyList<string> DataFiles,
    IReadOnlyList<string> QuarantineFiles,
    DateTimeOffset CreatedAt);

/// <summary>One fault of one bad row. A row with several faults has several entries.</summary>
/// <param name="Row">1-based number of the data row in the source file (the header is not counted).</param>
/// <param name="Column">The column at fault; null when the row as a whole is (wrong number of fields).</param>
/// <param name="Reason">Kebab-case: <c>wrong-type, missing, out-of-range, not-allowed, duplicate-key, wrong-field-count, ...</c>.</param>
/// <param name="Value">The offending text.</param>
/// <param name="Line">The whole row as received, so that nothing is lost.</param>
public sealed record QuarantinedRow(long Row, string? Column, string Reason, string? Value, string Line);

public enum IngestionStatus
{
    Running,
    Published,
    Refused,
}

/// <summary>One attempt to make a dataset version out of a source that is already kept.</summary>
/// <param name="Version">The version it published, once it has.</param>
/// <param name="Refusal">Why there is none, when refused.</param>
public sealed record Ingestion(
    string Id,
    string Dataset,
    SourceFile Source,
    IngestionStatus Status,
    DateTimeOffset StartedAt,
    int? Version = null,
    Refusals.Refusal? Refusal = null,
    long RowsRead = 0);

/// <summary>A dataset as listed: its name, contract and versions, newest last.</summary>
public sealed record Dataset(string Name, DataContract? Contract, IReadOnlyList<DatasetVersion> Versions, IReadOnlyList<Ingestion> Ingestions);
