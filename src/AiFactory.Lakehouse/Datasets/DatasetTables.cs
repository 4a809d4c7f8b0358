using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Tenants;
using AiFactory.Lakehouse.Ingestion;
using AiFactory.Lakehouse.Objects;
using AiFactory.Lakehouse.Profiles;

namespace AiFactory.Lakehouse.Datasets;

/// <inheritdoc cref="IDatasetTables"/>
internal sealed class DatasetTables(IObjectStore store, LakehouseOptions options) : IDatasetTables
{
    private const int IngestionIdLengthMax = 128;

    public Task<DatasetVersion> Ingest(IngestionPlan plan, IProgress<long>? progress, CancellationToken cancellation)
    {
        CheckNames(plan);

        // Off the caller's scheduler: this computes for seconds, and a caller's turn must not.
        return Task.Run(() => InScratch(scratch => new IngestionRun(plan, store, options, scratch, progress).Run(cancellation)), cancellation);
    }

    public DataContract Infer(string name, Stream csv)
    {
        ResourceName.Check("dataset", name).OrThrow();
        return InScratch(scratch => Task.FromResult(new ContractInference(options, scratch).Infer(name, csv))).GetAwaiter().GetResult();
    }

    public IReadOnlyList<QuarantinedRow> ReadQuarantine(DatasetVersion version, long offset, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        if (version.QuarantineFiles.Count == 0 || limit == 0) return [];
        var table = DuckDbSession.Parquet(version.QuarantineFiles.Select(store.LocalPath));
        return InScratch(scratch =>
        {
            using var session = new DuckDbSession(options, scratch);
            return Task.FromResult(session.Query(
                FormattableString.Invariant($"SELECT \"row\", \"column\", reason, value, line FROM {table} LIMIT {limit} OFFSET {offset}"),
                row => new QuarantinedRow(row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetString(2),
                    row.IsDBNull(3) ? null : row.GetString(3), row.GetString(4)),
                CancellationToken.None));
        }).GetAwaiter().GetResult();
    }

    public IReadOnlyList<TableColumn> ReadColumns(DatasetVersion version, IReadOnlyList<string>? columns = null)
    {
        var byName = version.Contract.Columns.ToDictionary(column => column.Name, StringComparer.Ordinal);
        var wanted = columns is null
            ? version.Contract.Columns
            : [.. columns.Select(name => byName.GetValueOrDefault(name) ?? throw UnknownColumn(version, name))];
        return ColumnReader.Read([.. version.DataFiles.Select(store.LocalPath)], wanted, version.Rows);
    }

    private static RefusedException UnknownColumn(DatasetVersion version, string name) =>
        new(new("column-not-found", RefusalKind.NotFound, $"Dataset '{version.Dataset}' version {version.Version} has no column '{name}'.", name,
            $"Use one of: {string.Join(", ", version.Contract.Columns.Take(20).Select(column => column.Name))}."));

    private static void CheckNames(IngestionPlan plan)
    {
        ResourceName.Check("tenant", plan.Dataset.Tenant).OrThrow();
        ResourceName.Check("dataset", plan.Dataset.Dataset).OrThrow();
        var id = plan.IngestionId;
        if (id is { Length: > 0 and <= IngestionIdLengthMax } && char.IsAsciiLetterOrDigit(id[0])
            && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')) return;
        throw new RefusedException(new("ingestion-id-invalid", RefusalKind.Malformed, $"'{id}' is not a valid ingestion id.", null,
            $"Use letters, digits, '-', '_' and '.', at most {IngestionIdLengthMax} characters, beginning with a letter or digit."));
    }

    /// <summary>Gives work a folder of its own on the store's disk, and removes it afterwards.</summary>
    private async Task<T> InScratch<T>(Func<string, Task<T>> work)
    {
        var scratch = Path.Combine(LocalObjectStore.ScratchFolder(options.RootFolder), Guid.CreateVersion7().ToString("N"));
        try
        {
            Directory.CreateDirectory(scratch);
            return await work(scratch);
        }
        catch (Exception exception) when (exception is not RefusedException && StorageFull.Is(exception))
        {
            StorageFull.Refuse(exception);
            throw;
        }
        finally
        {
            if (Directory.Exists(scratch)) Directory.Delete(scratch, recursive: true);
        }
    }
}
