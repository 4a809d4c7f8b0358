using AiFactory.Domain.Datasets;

namespace AiFactory.Lakehouse.Ingestion;

/// <summary>What the transaction log states of a file's columns, so that readers can pass over files: nulls, and ranges of numeric columns.</summary>
internal sealed class FileStatistics(IReadOnlyList<ColumnContract> columns)
{
    private readonly long[] nulls = new long[columns.Count];
    private readonly (double Low, double High)?[] numbers = new (double, double)?[columns.Count];
    private readonly (long Low, long High)?[] integers = new (long, long)?[columns.Count];

    public long Rows { get; private set; }

    public IReadOnlyDictionary<string, long> NullCounts => columns.Select((column, i) => (column.Name, nulls[i])).ToDictionary();

    public IReadOnlyDictionary<string, object> Minima => Bounds(i => integers[i]?.Low, i => numbers[i]?.Low);

    public IReadOnlyDictionary<string, object> Maxima => Bounds(i => integers[i]?.High, i => numbers[i]?.High);

    public void Add(RowBatch batch)
    {
        Rows += batch.Rows;
        for (var i = 0; i < columns.Count; i++)
        {
            nulls[i] += batch.Columns[i].Nulls;
            if (columns[i].Type == ColumnType.Integer) integers[i] = Widen(integers[i], ((ValueBuilder<long>)batch.Columns[i]).Values);
            if (columns[i].Type == ColumnType.Number) numbers[i] = Widen(numbers[i], ((ValueBuilder<double>)batch.Columns[i]).Values);
        }
    }

    private Dictionary<string, object> Bounds(Func<int, long?> ofIntegers, Func<int, double?> ofNumbers) =>
        columns.Select((column, i) => (column.Name, Bound: (object?)ofIntegers(i) ?? ofNumbers(i)))
            .Where(pair => pair.Bound is not null)
            .ToDictionary(pair => pair.Name, pair => pair.Bound!, StringComparer.Ordinal);

    private static (T Low, T High)? Widen<T>((T Low, T High)? range, ReadOnlySpan<T> values)
        where T : struct, System.Numerics.INumber<T>
    {
        foreach (var value in values)
        {
            range = range is var (low, high) ? (T.Min(low, value), T.Max(high, value)) : (value, value);
        }

        return range;
    }
}
