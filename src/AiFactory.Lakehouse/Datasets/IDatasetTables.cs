using AiFactory.Domain.Datasets;

namespace AiFactory.Lakehouse.Datasets;

/// <summary>Dataset versions as tables of files in the object store.</summary>
public interface IDatasetTables
{
    /// <summary>
    /// Reads the source once, in bounded memory; writes good rows and quarantined rows aside, then publishes both by one atomic commit.
    /// Running it again for the same ingestion id gives the same version.
    /// </summary>
    /// <param name="progress">Rows read so far.</param>
    /// <exception cref="Domain.Refusals.RefusedException">The file as a whole cannot become a version; nothing is published.</exception>
    Task<DatasetVersion> Ingest(IngestionPlan plan, IProgress<long>? progress, CancellationToken cancellation);

    /// <summary>A contract that the file's own rows satisfy: types, nullability, ranges, small sets of values, unique columns.</summary>
    /// <exception cref="Domain.Refusals.RefusedException">The file cannot be read as CSV.</exception>
    DataContract Infer(string name, Stream csv);

    IReadOnlyList<QuarantinedRow> ReadQuarantine(DatasetVersion version, long offset, int limit);

    /// <summary>Reads columns into memory, in row order.</summary>
    /// <param name="columns">Null: all of them.</param>
    IReadOnlyList<TableColumn> ReadColumns(DatasetVersion version, IReadOnlyList<string>? columns = null);
}

/// <param name="Previous">The newest version there is, whose schema a new one must not break; null for the first.</param>
public sealed record IngestionPlan(
    DatasetKey Dataset,
    string IngestionId,
    SourceFile Source,
    DataContract Contract,
    DatasetVersion? Previous,
    DateTimeOffset Now);

public abstract record TableColumn(string Name, ColumnType Type);

/// <summary>Integer and number columns; NaN where null.</summary>
public sealed record NumberColumn(string Name, ColumnType Type, double[] Values) : TableColumn(Name, Type);

/// <summary>String, boolean (<c>true</c>, <c>false</c>) and timestamp (ISO 8601) columns; null where null.</summary>
public sealed record TextColumn(string Name, ColumnType Type, string?[] Values) : TableColumn(Name, Type);
