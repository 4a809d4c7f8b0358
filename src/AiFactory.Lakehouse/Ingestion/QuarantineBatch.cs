using System.Globalization;
using System.Text;
using AiFactory.Domain.Datasets;
using AiFactory.Lakehouse.Csv;

namespace AiFactory.Lakehouse.Ingestion;

/// <summary>Faults gathered for a row group of the quarantine table.</summary>
internal sealed class QuarantineBatch(string ingestionId, LakehouseOptions options)
{
    private const int RowIndex = 0, ColumnIndex = 1, ReasonIndex = 2, ValueIndex = 3, LineIndex = 4, IngestionIndex = 5;

    private readonly byte[] ingestion = Encoding.UTF8.GetBytes(ingestionId);

    /// <summary>The quarantine table's columns.</summary>
    public static IReadOnlyList<ColumnContract> Schema { get; } =
    [
        new("row", ColumnType.Integer, Required: true),
        new("column", ColumnType.String),
        new("reason", ColumnType.String, Required: true),
        new("value", ColumnType.String),
        new("line", ColumnType.String, Required: true),
        new("ingestion", ColumnType.String, Required: true),
    ];

    public RowBatch Batch { get; } = new(Schema, options.RowGroupRowsMax, options.RowGroupBytesMax);

    /// <summary>Keeps every fault of the record that <paramref name="csv"/> stands at. Its line is kept in memory once, whatever their number.</summary>
    public void Add(long row, CsvScanner csv, RowFaults faults, IReadOnlyList<string> header)
    {
        var lineKept = false;
        foreach (var (field, reason) in faults.All)
        {
            ((ValueBuilder<long>)Batch.Columns[RowIndex]).Append(row);
            Text(ReasonIndex).Append(Encoding.UTF8.GetBytes(reason));
            Text(IngestionIndex).Append(ingestion);
            if (field == RowFaults.WholeRow) Text(ColumnIndex).AppendNull();
            else Text(ColumnIndex).Append(Encoding.UTF8.GetBytes(header[field]));
            AppendValue(csv, field, reason);
            if (lineKept) Text(LineIndex).Repeat();
            else Text(LineIndex).Append(csv.Line);
            lineKept = true;
        }
    }

    private void AppendValue(CsvScanner csv, int field, string reason)
    {
        if (field != RowFaults.WholeRow && !csv.Field(field).IsEmpty) Text(ValueIndex).Append(csv.Field(field));
        else if (reason == QuarantineReason.WrongFieldCount) Text(ValueIndex).Append(Encoding.UTF8.GetBytes(csv.FieldCount.ToString(CultureInfo.InvariantCulture)));
        else Text(ValueIndex).AppendNull();
    }

    private TextBuilder Text(int index) => (TextBuilder)Batch.Columns[index];
}
