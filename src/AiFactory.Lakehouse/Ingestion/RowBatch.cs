using AiFactory.Domain.Datasets;

namespace AiFactory.Lakehouse.Ingestion;

/// <summary>The rows of a row group while it is gathered: one builder a column, in the contract's order.</summary>
internal sealed class RowBatch
{
    // The widest fixed value and its level.
    private const int FixedBytes = sizeof(long) + sizeof(short);

    private readonly int rowsMax, bytesMax;
    private readonly TextBuilder[] texts;

    public RowBatch(IReadOnlyList<ColumnContract> columns, int rowsMax, int bytesMax)
    {
        (this.rowsMax, this.bytesMax) = (rowsMax, bytesMax);
        Columns = [.. columns.Select(column => Builder(column.Type))];
        texts = [.. Columns.OfType<TextBuilder>()];
    }

    public ColumnBuilder[] Columns { get; }

    public int Rows => Columns[0].Rows;

    /// <summary>As many rows as are allowed, or as many bytes. Asked between rows: the last row may go past the bytes by its own size.</summary>
    public bool IsFull => Rows >= rowsMax || Bytes >= bytesMax;

    private long Bytes
    {
        get
        {
            var sum = (long)Rows * Columns.Length * FixedBytes;
            foreach (var text in texts) sum += text.Bytes;
            return sum;
        }
    }

    public void RemoveLastRow()
    {
        foreach (var column in Columns) column.RemoveLast();
    }

    public void Clear()
    {
        foreach (var column in Columns) column.Clear();
    }

    private static ColumnBuilder Builder(ColumnType type) => type switch
    {
        ColumnType.Integer or ColumnType.Timestamp => new ValueBuilder<long>(),
        ColumnType.Number => new ValueBuilder<double>(),
        ColumnType.Boolean => new ValueBuilder<bool>(),
        _ => new TextBuilder(),
    };
}
