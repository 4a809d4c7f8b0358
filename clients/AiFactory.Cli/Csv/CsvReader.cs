using System.Text;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Csv;

/// <summary>Reads comma-separated values as RFC 4180 has them: quoted fields may hold commas, quotes doubled, and line ends.</summary>
internal static class CsvReader
{
    /// <summary>The records of a text, the heading first; lines that are wholly empty are left out.</summary>
    /// <exception cref="RefusedException">A quoted field has no end.</exception>
    public static IEnumerable<string[]> Read(TextReader text)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var line = 1L;
        var quoted = false;
        var quotedSince = 0L;
        var any = false;
        for (var c = text.Read(); c >= 0; c = text.Read())
        {
            if (c == '\n')
            {
                line++;
            }

            if (quoted)
            {
                if (c != '"')
                {
                    field.Append((char)c);
                }
                else if (text.Peek() == '"')
                {
                    field.Append((char)text.Read());
                }
                else
                {
                    quoted = false;
                }
            }
            else if (c == '"' && field.Length == 0)
            {
                (quoted, any, quotedSince) = (true, true, line);
            }
            else if (c == ',')
            {
                Complete(fields, field);
                any = true;
            }
            else if (c == '\n')
            {
                if (any || field.Length > 0)
                {
                    Complete(fields, field);
                    yield return fields.ToArray();
                }

                fields.Clear();
                any = false;
            }
            else if (c != '\r' || text.Peek() != '\n')
            {
                field.Append((char)c);
            }
        }

        if (quoted)
        {
            throw new RefusedException(new Refusal(
                "csv-malformed", RefusalKind.Malformed, "A quoted field has no closing quote.", $"line {quotedSince}", "Close the quote, or double a quote that is part of the text."));
        }

        if (any || field.Length > 0)
        {
            Complete(fields, field);
            yield return fields.ToArray();
        }
    }

    private static void Complete(List<string> fields, StringBuilder field)
    {
        fields.Add(field.ToString());
        field.Clear();
    }
}
