using System.Globalization;
using AiFactory.Domain.Datasets;
using AiFactory.Lakehouse.Objects;
using ParquetSharp;

namespace AiFactory.Lakehouse.Ingestion;

/// <summary>
/// Writes batches as row groups of Parquet files, aside in a scratch folder, so that a refused file leaves nothing behind. Only once all is
/// decided do the files go to the object store, as <c>folder/ingestion-0001.parquet</c> and so on: a later attempt of the same ingestion
/// writes over what a dead one left.
/// </summary>
internal sealed class TableFiles(string folder, string ingestionId, string scratch, IReadOnlyList<ColumnContract> columns, long fileRowsMax) : IDisposable
{
    private readonly List<TableFile> finished = [];
    private string scratchFile = "";
    private FileStream? stream;
    private ParquetFileWriter? writer;
    private FileStatistics? statistics;

    /// <summary>In row order.</summary>
    public IReadOnlyList<TableFile> Finished => finished;

    public void Write(RowBatch batch)
    {
        if (batch.Rows == 0) return;
        WriteRowGroup(batch);
        if (statistics!.Rows >= fileRowsMax) FinishFile();
    }

    public void Finish()
    {
        if (writer is not null) FinishFile();
    }

    /// <summary>Moves the finished files into the store.</summary>
    public async Task Store(IObjectStore store, CancellationToken cancellation)
    {
        foreach (var file in finished) await store.PutFile(file.Path, file.ScratchPath, cancellation);
    }

    public void Dispose()
    {
        writer?.Dispose();
        stream?.Dispose();
    }

    private void WriteRowGroup(RowBatch batch)
    {
        if (writer is null)
        {
            scratchFile = Path.Combine(scratch, $"{Guid.CreateVersion7():N}.parquet");
            stream = new FileStream(scratchFile, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1024 * 1024);
            statistics = new FileStatistics(columns);
            using var properties = new WriterPropertiesBuilder().Compression(Compression.Snappy).CreatedBy("AiFactory").Build();
            writer = new ParquetFileWriter(stream, [.. columns.Select(ParquetColumn)], null, properties, null, leaveOpen: true);
        }

        using var rowGroup = writer.AppendRowGroup();
        foreach (var column in batch.Columns) column.Write(rowGroup);
        statistics!.Add(batch);
    }

    private void FinishFile()
    {
        writer!.Close();
        writer.Dispose();
        writer = null;

        // Here rather than when the store takes the file over, because here reading goes on meanwhile.
        stream!.Flush(flushToDisk: true);
        var size = stream.Length;
        stream.Dispose();
        stream = null;
        var path = string.Create(CultureInfo.InvariantCulture, $"{folder}/{ingestionId}-{finished.Count + 1:D4}.parquet");
        finished.Add(new(path, scratchFile, size, statistics!));
    }

    /// <summary>Every column is optional in Parquet, also required ones: a contract may change without its files' schema changing.</summary>
    private static Column ParquetColumn(ColumnContract column) => column.Type switch
    {
        ColumnType.Integer => new Column<long?>(column.Name),
        ColumnType.Number => new Column<double?>(column.Name),
        ColumnType.Boolean => new Column<bool?>(column.Name),
        ColumnType.Timestamp => new Column<DateTime?>(column.Name, LogicalType.Timestamp(true, TimeUnit.Micros)),
        _ => new Column<string?>(column.Name),
    };
}

/// <param name="Path">In the object store.</param>
/// <param name="ScratchPath">The local file until it is stored.</param>
internal sealed record TableFile(string Path, string ScratchPath, long SizeBytes, FileStatistics Statistics);
