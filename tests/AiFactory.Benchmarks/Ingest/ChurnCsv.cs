using System.Globalization;
using System.Text;
using AiFactory.Domain.Datasets;

namespace AiFactory.Benchmarks.Ingest;

/// <summary>Telecom customers of the shape of the churn data set: a key, 4 texts with few values, 15 numbers, and the label.</summary>
internal static class ChurnCsv
{
    private static readonly string[] States = ["KS", "OH", "NJ", "OK", "AL", "MA", "MO", "LA", "WV", "IN", "RI", "IA", "MT", "NY", "ID", "VT", "VA", "TX", "FL", "CO"];
    private static readonly string[] Areas = ["area_code_408", "area_code_415", "area_code_510"];

    public static DataContract Contract { get; } = new("churn", "1.0.0",
    [
        new("customer_id", ColumnType.Integer, Required: true, Unique: true),
        new("state", ColumnType.String, Required: true, AllowedValues: States),
        Whole("account_length", 300),
        new("area_code", ColumnType.String, Required: true, AllowedValues: Areas),
        YesNo("international_plan"),
        YesNo("voice_mail_plan"),
        Whole("number_vmail_messages", 60),
        .. new[] { "day", "eve", "night", "intl" }.SelectMany(part => new[]
        {
            Number($"total_{part}_minutes", 500), Whole($"total_{part}_calls", 200), Number($"total_{part}_charge", 100),
        }),
        Whole("number_customer_service_calls", 10),
        YesNo("churn"),
    ]);

    /// <summary>Writes the file; the same rows for the same number of them.</summary>
    public static void Write(string path, long rows)
    {
        var random = new Random(7);
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 20);
        writer.WriteLine(string.Join(',', Contract.Columns.Select(column => column.Name)));
        var line = new StringBuilder();
        for (long row = 1; row <= rows; row++)
        {
            line.Clear().Append(CultureInfo.InvariantCulture,
                $"{row},{States[random.Next(States.Length)]},{random.Next(1, 244)},{Areas[random.Next(3)]},{Flag(random, 0.1)},{Flag(random, 0.26)},{random.Next(0, 53)}");
            foreach (var (minutesMax, rate) in new[] { (3500, 0.17), (3600, 0.085), (3900, 0.045), (200, 0.27) })
            {
                var minutes = random.Next(minutesMax) / 10.0;
                line.Append(CultureInfo.InvariantCulture, $",{minutes},{random.Next(0, 165)},{Math.Round(minutes * rate, 2)}");
            }

            line.Append(CultureInfo.InvariantCulture, $",{random.Next(0, 10)},{Flag(random, 0.14)}\n");
            writer.Write(line);
        }
    }

    private static string Flag(Random random, double share) => random.NextDouble() < share ? "yes" : "no";

    private static ColumnContract YesNo(string name) => new(name, ColumnType.String, Required: true, AllowedValues: ["yes", "no"]);

    private static ColumnContract Whole(string name, double maximum) => new(name, ColumnType.Integer, Required: true, Minimum: 0, Maximum: maximum);

    private static ColumnContract Number(string name, double maximum) => new(name, ColumnType.Number, Required: true, Minimum: 0, Maximum: maximum);
}
