using AiFactory.Domain.Datasets;
using AiFactory.Lakehouse.Datasets;

namespace AiFactory.Gateway.Fakes;

internal sealed class FakeTables : IDatasetTables
{
    public IReadOnlyList<TableColumn> Columns { get; set; } = [];

    public DataContract Infer(string name, Stream csv)
    {
        using var reader = new StreamReader(csv, leaveOpen: true);
        return new(name, "1.0.0", [.. reader.ReadLine()!.Split(',').Select(column => new ColumnContract(column, ColumnType.String))]);
    }

    public IReadOnlyList<TableColumn> ReadColumns(DatasetVersion version, IReadOnlyList<string>? columns = null) => Columns;

    public IReadOnlyList<QuarantinedRow> ReadQuarantine(DatasetVersion version, long offset, int limit) =>
        [.. Enumerable.Range((int)offset, limit).Select(row => new QuarantinedRow(row, "age", "wrong-type", "x", "x,1"))];

    public Task<DatasetVersion> Ingest(IngestionPlan plan, IProgress<long>? progress, CancellationToken cancellation) => throw new NotSupportedException();
}
