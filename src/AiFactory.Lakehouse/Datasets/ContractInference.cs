using System.Text;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Lakehouse.Csv;
using AiFactory.Lakehouse.Ingestion;

namespace AiFactory.Lakehouse.Datasets;

/// <summary>Reads a whole file once, in bounded memory, and writes down what its rows have in common.</summary>
/// <param name="scratch">Folder for keys that do not fit into memory.</param>
internal sealed class ContractInference(LakehouseOptions options, string scratch)
{
    private const string FirstVersion = "1.0.0";

    /// <summary>
    /// Types: the narrowest of integer, number, boolean, timestamp, string that all values have. Required: no field is empty. Ranges: those
    /// seen. Rows with a wrong number of fields are passed over: no contract would take them.
    /// </summary>
    public DataContract Infer(string name, Stream stream)
    {
        var csv = new CsvScanner(stream, options.HeaderBytesMax, options.LineBytesMax);
        var header = CsvHeader.Read(csv);
        if (DatasetRules.CheckSeparator(header) is { } refusal) throw new RefusedException(refusal);
        var columns = header.Select(column => new ColumnInference(column, Math.Max(1, options.UniqueKeysInMemoryMax / header.Length), scratch)).ToArray();
        try
        {
            long rows = 0;
            while (csv.Read())
            {
                if (csv.FieldCount != columns.Length || csv.HasStrayQuote) continue;
                rows++;
                for (var i = 0; i < columns.Length; i++) columns[i].See(csv.Field(i));
            }

            if (rows == 0)
            {
                throw new RefusedException(new("too-few-rows", RefusalKind.Unprocessable, "The file has no rows to infer a contract from.", null,
                    "Send a file with rows, or write the contract by hand."));
            }

            return new DataContract(name, FirstVersion, WithOneIntegerKey(columns.Select(column => column.Contract(rows))));
        }
        finally
        {
            foreach (var column in columns) column.Dispose();
        }
    }

    /// <summary>
    /// In a short file many integer columns have no value twice by chance, and a key is lost as a feature: so an integer column is taken to
    /// be unique only where no column to its left is.
    /// </summary>
    private static List<ColumnContract> WithOneIntegerKey(IEnumerable<ColumnContract> columns)
    {
        List<ColumnContract> kept = [];
        foreach (var column in columns)
        {
            var byChance = column is { Unique: true, Type: ColumnType.Integer } && kept.Exists(other => other.Unique);
            kept.Add(byChance ? column with { Unique = false } : column);
        }

        return kept;
    }
}

/// <summary>What has been seen of one column.</summary>
internal sealed class ColumnInference(string name, int keysInMemoryMax, string scratch) : IDisposable
{
    /// <summary>Most distinct texts that are taken for the whole set of allowed values.</summary>
    private const int AllowedValuesMax = 20;

    /// <summary>How often each of them must have come on average, so that a set is no accident of a short file.</summary>
    private const int AllowedValueUsesMin = 5;

    private readonly SortedSet<string> texts = new(StringComparer.Ordinal);
    private KeySet? keys = new(keysInMemoryMax, scratch);
    private bool integer = true, plainIntegers = true, number = true, boolean = true, timestamp = true;
    private double minimum = double.PositiveInfinity, maximum = double.NegativeInfinity;
    private long values;

    public void See(ReadOnlySpan<byte> field)
    {
        if (field.IsEmpty) return;
        values++;
        integer = FieldText.TryInteger(field, out var whole) && integer;
        plainIntegers = plainIntegers && integer && IsPlain(field, whole);
        number = FieldText.TryNumber(field, out var value) && number;
        if (number) (minimum, maximum) = (Math.Min(minimum, value), Math.Max(maximum, value));
        boolean = boolean && FieldText.TryBoolean(field, out _);
        timestamp = timestamp && FieldText.TryTimestamp(field, out _);
        if (texts.Count <= AllowedValuesMax) texts.Add(Encoding.UTF8.GetString(field));
        SeeKey(field);
    }

    public ColumnContract Contract(long rows)
    {
        var type = values == 0 ? ColumnType.String
            : integer ? ColumnType.Integer
            : number ? ColumnType.Number
            : boolean ? ColumnType.Boolean
            : timestamp ? ColumnType.Timestamp
            : ColumnType.String;
        var numeric = type is ColumnType.Integer or ColumnType.Number;
        var comparable = type == ColumnType.String || (type == ColumnType.Integer && plainIntegers);
        var unique = keys is not null && values == rows && rows > 1 && comparable;
        var fewTexts = type == ColumnType.String && texts.Count is > 0 and <= AllowedValuesMax && values >= texts.Count * AllowedValueUsesMin;
        return new ColumnContract(name, type, Required: values == rows, Unique: unique,
            Minimum: numeric ? minimum : null, Maximum: numeric ? maximum : null, AllowedValues: fewTexts ? [.. texts] : null);
    }

    public void Dispose() => keys?.Dispose();

    private void SeeKey(ReadOnlySpan<byte> field)
    {
        if (keys is null) return;
        var key = Key.Of(field);
        if (keys.Contains(key))
        {
            keys.Dispose();
            keys = null;
        }
        else
        {
            keys.Add(key);
        }
    }

    /// <summary>Whether equal numbers are equal texts: 7 is plain, 07 and +7 are not.</summary>
    private static bool IsPlain(ReadOnlySpan<byte> field, long value)
    {
        Span<byte> plain = stackalloc byte[20];
        return value.TryFormat(plain, out var length, default, System.Globalization.CultureInfo.InvariantCulture) && plain[..length].SequenceEqual(field);
    }
}
