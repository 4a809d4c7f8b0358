using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Lakehouse.Csv;
using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Delta;
using AiFactory.Lakehouse.Objects;
using AiFactory.Lakehouse.Profiles;

namespace AiFactory.Lakehouse.Ingestion;

/// <summary>
/// One attempt of an ingestion: reads the source once, writes files aside, and publishes them. Reading and checking of rows goes on
/// while the batch before is encoded, with two batches in turn.
/// </summary>
/// <param name="scratch">A folder of this attempt's own, on the store's disk.</param>
internal sealed class IngestionRun(IngestionPlan plan, IObjectStore store, LakehouseOptions options, string scratch, IProgress<long>? progress)
{
    private readonly DatasetLog log = new(store, plan.Dataset);

    public async Task<DatasetVersion> Run(CancellationToken cancellation)
    {
        if (log.Find(plan.IngestionId) is { } published) return published;
        var contract = ContractRules.Check(plan.Contract).OrThrow();
        Require(DatasetRules.CheckAge(contract, plan.Source, plan.Now));
        if (plan.Previous is { } previous) Require(DatasetRules.CheckSchema(previous.Contract, contract));

        using var data = Files(log.DataFolder, contract.Columns);
        using var quarantine = Files(log.QuarantineFolder, QuarantineBatch.Schema);
        var rows = await ReadRows(contract, data, quarantine, cancellation);
        Require(DatasetRules.CheckCounts(contract, rows));
        var version = new DatasetVersion(plan.Dataset.Dataset, 0, plan.IngestionId, rows.Good, rows.Quarantined, contract,
            Profile(contract, rows, data, cancellation), plan.Source, Paths(data), Paths(quarantine), plan.Now);
        await data.Store(store, cancellation);
        await quarantine.Store(store, cancellation);
        return await Publish(version, data, quarantine, cancellation);
    }

    private async Task<RowCounts> ReadRows(DataContract contract, TableFiles data, TableFiles quarantine, CancellationToken cancellation)
    {
        await using var source = OpenSource();
        var csv = new CsvScanner(source, options.HeaderBytesMax, options.LineBytesMax);
        var header = CsvHeader.Read(csv);
        var columnOfField = DatasetRules.MatchHeader(contract, header).OrThrow();
        var uniqueColumns = contract.Columns.Count(column => column.Unique);
        var keySets = contract.Columns.Select(column =>
            column.Unique ? new KeySet(Math.Max(1, options.UniqueKeysInMemoryMax / uniqueColumns), scratch) : null).ToArray();
        try
        {
            FieldCheck[] checks = [.. contract.Columns.Zip(keySets, FieldCheck.Of)];
            var bad = new QuarantineBatch(plan.IngestionId, options);
            var intake = new RowIntake(csv, header, contract, columnOfField, checks, bad);
            await TakeBatches(intake, contract, bad.Batch, data, quarantine, cancellation);
            return intake.Counts;
        }
        finally
        {
            foreach (var keys in keySets) keys?.Dispose();
        }
    }

    private async Task TakeBatches(
        RowIntake intake, DataContract contract, RowBatch bad, TableFiles data, TableFiles quarantine, CancellationToken cancellation)
    {
        var (filling, writing) = (Batch(contract), Batch(contract));
        var pending = Task.CompletedTask;
        try
        {
            for (var more = true; more;)
            {
                cancellation.ThrowIfCancellationRequested();
                more = intake.Fill(filling);
                progress?.Report(intake.Counts.Read);
                if (bad.IsFull || !more) WriteOut(quarantine, bad);
                if (more && !filling.IsFull) continue;
                await pending;
                (filling, writing) = (writing, filling);
                var batch = writing;
                pending = Task.Run(() => WriteOut(data, batch), CancellationToken.None);
            }
        }
        finally
        {
            // Also when reading failed: the files are not to be disposed of under the writer's hands.
            await pending;
        }

        data.Finish();
        quarantine.Finish();
    }

    private async Task<DatasetVersion> Publish(DatasetVersion version, TableFiles data, TableFiles quarantine, CancellationToken cancellation)
    {
        while (true)
        {
            // Another ingestion may have come first since the plan was made; then its schema is the one to keep.
            var former = log.Newest();
            if (former?.IngestionId == plan.IngestionId) return former;
            if (former is not null) Require(DatasetRules.CheckSchema(former.Contract, version.Contract));
            await log.Quarantine(plan.IngestionId, quarantine.Finished, plan.Now, cancellation);
            version = version with { Version = (former?.Version ?? 0) + 1 };
            if (await log.TryPublish(version, former, data.Finished, cancellation)) return version;
        }
    }

    private DatasetProfile Profile(DataContract contract, RowCounts rows, TableFiles data, CancellationToken cancellation)
    {
        using var session = new DuckDbSession(options, scratch);
        return new DatasetProfiler(session, [.. data.Finished.Select(file => file.ScratchPath)], cancellation).Profile(contract.Columns, rows.Good);
    }

    private Stream OpenSource()
    {
        try
        {
            return store.OpenRead(store.ContentPath(plan.Source.Sha256));
        }
        catch (FileNotFoundException)
        {
            throw new RefusedException(new("source-not-found", RefusalKind.NotFound, "The source file is not in the object store.", plan.Source.Sha256,
                "Send the file again."));
        }
    }

    private TableFiles Files(string folder, IReadOnlyList<ColumnContract> columns) =>
        new(folder, plan.IngestionId, scratch, columns, options.FileRowsMax);

    private RowBatch Batch(DataContract contract) => new(contract.Columns, options.RowGroupRowsMax, options.RowGroupBytesMax);

    private static List<string> Paths(TableFiles files) => [.. files.Finished.Select(file => file.Path)];

    private static void WriteOut(TableFiles files, RowBatch batch)
    {
        files.Write(batch);
        batch.Clear();
    }

    private static void Require(Refusal? refusal)
    {
        if (refusal is not null) throw new RefusedException(refusal);
    }
}
