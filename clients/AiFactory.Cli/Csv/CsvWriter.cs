namespace AiFactory.Cli.Csv;

/// <summary>Writes comma-separated values as RFC 4180 has them, with LF line ends.</summary>
internal static class CsvWriter
{
    public static string Line(params IEnumerable<string> fields) => string.Join(',', fields.Select(Quote));

    private static string Quote(string field) =>
        field.AsSpan().IndexOfAny("\",\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
