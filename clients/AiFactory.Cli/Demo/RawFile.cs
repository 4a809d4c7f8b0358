using AiFactory.Cli.Csv;
using AiFactory.Domain.Datasets;

namespace AiFactory.Cli.Demo;

/// <summary>
/// The file a telecom company would send: the customers with an id in front, and, planted between them, rows that break the contract in
/// each of the ways it knows. The same on every run, to the byte.
/// </summary>
internal static class RawFile
{
    public const string KeyColumn = "customer_id";
    public const string LabelColumn = "churn";

    // Each copies the good row it follows; reasons as the quarantine names them.
    private static readonly Fault[] Faults =
    [
        new(150, "account_length", "wrong-type", "twelve"),
        new(600, "total_day_minutes", "out-of-range", "-5"),
        new(1040, "state", "missing", ""),
        new(1500, KeyColumn, "duplicate-key", null),
        new(1810, "international_plan", "not-allowed", "maybe"),
        new(2222, null, "wrong-field-count", null),
        new(2700, "total_day_minutes", "wrong-type", "1O3.2"),
        new(3100, "number_customer_service_calls", "out-of-range", "900"),
        new(3333, "total_eve_charge", "missing", ""),
        new(3900, KeyColumn, "duplicate-key", null),
        new(4400, LabelColumn, "not-allowed", "unknown"),
        new(4850, null, "wrong-field-count", null),
    ];

    /// <summary>One planted fault.</summary>
    /// <param name="Row">1-based number of the data row in the file.</param>
    /// <param name="Column">Null: the row as a whole.</param>
    internal sealed record Planted(long Row, string? Column, string Reason)
    {
        public static Planted Of(QuarantinedRow row) => new(row.Row, row.Column, row.Reason);
    }

    /// <param name="After">Number of the good row it is planted behind.</param>
    /// <param name="Value">What stands in the column instead; null where the fault is of another kind.</param>
    private sealed record Fault(int After, string? Column, string Reason, string? Value);

    /// <summary>Folder of the data that come with the program.</summary>
    public static string DataFolder => Path.Combine(AppContext.BaseDirectory, "Demo", "Data");

    /// <summary>Reads the customers and writes the file.</summary>
    /// <returns>The faults in it, by row.</returns>
    public static IReadOnlyList<Planted> Write(TextReader customers, TextWriter target)
    {
        var table = CsvTable.Read(customers, "churn.csv");
        string[] columns = [KeyColumn, .. table.Columns];
        var planted = new List<Planted>();
        var row = 0L;

        void Append(IEnumerable<string> fields)
        {
            target.Write(CsvWriter.Line(fields));
            target.Write('\n');
            row++;
        }

        target.Write(CsvWriter.Line(columns));
        target.Write('\n');
        for (var number = 1; number <= table.Rows.Count; number++)
        {
            string[] good = [FormattableString.Invariant($"C{number:00000}"), .. table.Rows[number - 1]];
            Append(good);
            foreach (var fault in Faults.Where(fault => fault.After == number))
            {
                Append(Break(good, columns, fault, planted.Count + 1));
                planted.Add(new Planted(row, fault.Column, fault.Reason));
            }
        }

        return planted;
    }

    /// <summary>Writes the file from the customers that come with the program.</summary>
    public static IReadOnlyList<Planted> Write(string path)
    {
        using var customers = new StreamReader(Path.Combine(DataFolder, "churn.csv"));
        using var target = new StreamWriter(path);
        return Write(customers, target);
    }

    private static string[] Break(string[] good, string[] columns, Fault fault, int ordinal)
    {
        var broken = (string[])good.Clone();
        if (fault.Reason != "duplicate-key")
        {
            broken[0] = FormattableString.Invariant($"X{ordinal:00000}");
        }

        if (fault.Reason == "wrong-field-count")
        {
            return ordinal % 2 == 0 ? broken[..^3] : [.. broken, "yes"];
        }

        if (fault.Value is not null)
        {
            broken[Array.IndexOf(columns, fault.Column)] = fault.Value;
        }

        return broken;
    }
}
