using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Csv;

/// <summary>A CSV file in memory: headings and rows of as many fields.</summary>
internal sealed class CsvTable
{
    private readonly Dictionary<string, int> positions;

    private CsvTable(string[] columns, IReadOnlyList<string[]> rows)
    {
        Columns = columns;
        Rows = rows;
        positions = columns.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index, StringComparer.Ordinal);
    }

    public IReadOnlyList<string> Columns { get; }

    public IReadOnlyList<string[]> Rows { get; }

    /// <summary>Reads a whole text.</summary>
    /// <param name="name">What the text is, for messages.</param>
    /// <exception cref="RefusedException">It is empty, names a column twice, or has a row of another length.</exception>
    public static CsvTable Read(TextReader text, string name)
    {
        string[]? columns = null;
        var rows = new List<string[]>();
        foreach (var record in CsvReader.Read(text))
        {
            if (columns is null)
            {
                columns = record;
                continue;
            }

            if (record.Length != columns.Length)
            {
                throw Malformed($"A row has {record.Length} fields, the heading {columns.Length}.", $"{name}, row {rows.Count + 1}", "Give every row as many fields as the heading.");
            }

            rows.Add(record);
        }

        if (columns is null)
        {
            throw Malformed("The file is empty.", name, "Give it a line of headings and at least one row.");
        }

        var twice = columns.GroupBy(column => column, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? new CsvTable(columns, rows)
            : throw Malformed($"The column '{twice.Key}' appears twice.", name, "Name each column once.");
    }

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static CsvTable ReadFile(string path)
    {
        using var reader = new StreamReader(path);
        return Read(reader, path);
    }

    public bool Has(string column) => positions.ContainsKey(column);

    /// <summary>Position of a column.</summary>
    /// <exception cref="RefusedException">There is none of that name.</exception>
    public int Position(string column) => positions.TryGetValue(column, out var position)
        ? position
        : throw new RefusedException(new Refusal(
            "column-not-found", RefusalKind.Unprocessable, $"There is no column '{column}'.", string.Join(", ", Columns.Take(20)), "Name one of the columns that are there."));

    private static RefusedException Malformed(string what, string where, string mend) => new(new Refusal("csv-malformed", RefusalKind.Malformed, what, where, mend));
}
