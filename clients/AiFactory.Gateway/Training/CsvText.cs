using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using AiFactory.Domain.Datasets;
using AiFactory.Gateway.Rows;
using AiFactory.Lakehouse.Datasets;

namespace AiFactory.Gateway.Training;

/// <summary>Writes columns as CSV (RFC 4180, but with plain line feeds) that an ingestion reads back to the same values.</summary>
internal static class CsvText
{
    private const int FlushBytes = 1 << 16;

    /// <param name="rows">Numbers of the rows to write, in this order.</param>
    public static async Task Write(PipeWriter target, IReadOnlyList<TableColumn> columns, int[] rows, CancellationToken cancellation)
    {
        var text = new ByteBuffer(FlushBytes + 4096);
        for (var i = 0; i < columns.Count; i++)
        {
            Separate(text, i);
            WriteText(text, columns[i].Name);
        }

        text.Append((byte)'\n');
        foreach (var row in rows)
        {
            for (var i = 0; i < columns.Count; i++)
            {
                Separate(text, i);
                WriteValue(text, columns[i], row);
            }

            text.Append((byte)'\n');
            if (text.Length >= FlushBytes)
            {
                await target.WriteAsync(text.Memory, cancellation);
                text.Clear();
            }
        }

        await target.WriteAsync(text.Memory, cancellation);
    }

    private static void Separate(ByteBuffer text, int column)
    {
        if (column > 0)
        {
            text.Append((byte)',');
        }
    }

    private static void WriteValue(ByteBuffer text, TableColumn column, int row)
    {
        switch (column)
        {
            case TextColumn { Values: var values }:
                WriteText(text, values[row] ?? "");
                break;
            case NumberColumn { Values: var values } when double.IsNaN(values[row]):
                break;
            case NumberColumn { Type: ColumnType.Integer, Values: var values }:
                WriteText(text, values[row].ToString("F0", CultureInfo.InvariantCulture));
                break;
            case NumberColumn { Values: var values }:
                JsonText.WriteNumber(text, values[row]);
                break;
            default:
                throw new ArgumentException($"Column '{column.Name}' is of an unknown kind.", nameof(column));
        }
    }

    private static void WriteText(ByteBuffer text, string value)
    {
        var quoted = value.AsSpan().IndexOfAny(",\"\r\n") >= 0 || (value.Length > 0 && (value[0] == ' ' || value[^1] == ' '));
        var content = quoted ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
        Encoding.UTF8.GetBytes(content, text.Append(Encoding.UTF8.GetByteCount(content)));
    }
}
