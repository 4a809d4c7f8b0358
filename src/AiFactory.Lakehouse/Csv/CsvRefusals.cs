using System.Buffers;
using System.Globalization;
using System.Text;
using AiFactory.Domain.Refusals;

namespace AiFactory.Lakehouse.Csv;

/// <summary>Why a file cannot be read as CSV at all.</summary>
internal static class CsvRefusals
{
    public static RefusedException Empty() => Refused("file-empty", "The file is empty.", null, "Send a CSV file with a header and rows.");

    public static RefusedException Utf16() =>
        Refused("encoding-invalid", "The file is UTF-16.", "line 1, byte offset 0", "Save it as UTF-8.");

    /// <param name="line">The record with invalid bytes.</param>
    /// <param name="lineNumber">Of the record's first line, from 1.</param>
    /// <param name="byteOffset">Of the record in the file, from 0.</param>
    public static RefusedException NotUtf8(ReadOnlySpan<byte> line, long lineNumber, long byteOffset)
    {
        var valid = 0;
        while (Rune.DecodeFromUtf8(line[valid..], out _, out var length) == OperationStatus.Done) valid += length;
        lineNumber += line[..valid].Count((byte)'\n');
        var where = string.Create(CultureInfo.InvariantCulture, $"line {lineNumber}, byte offset {byteOffset + valid}");
        return Refused("encoding-invalid", $"Byte 0x{line[valid]:X2} is not valid UTF-8.", where, "Save the file as UTF-8.");
    }

    public static RefusedException Unterminated(long lineNumber) =>
        Refused("quote-unterminated", "A quoted field is not closed.", Line(lineNumber), "Close the quote; a quote inside a quoted field is written twice.");

    public static RefusedException LineTooLong(long lineNumber, int bytesMax) => lineNumber == 1
        ? new(new("header-too-long", RefusalKind.TooLarge, $"The header is longer than {bytesMax} bytes.", Line(1), "Send fewer columns or shorter names."))
        : new(new("line-too-long", RefusalKind.TooLarge, $"The line is longer than {bytesMax} bytes.", Line(lineNumber), "Shorten it, or close its quotes."));

    public static RefusedException TooManyColumns(int columns, int columnsMax) =>
        new(new("too-many-columns", RefusalKind.TooLarge, $"The header has {columns} columns.", Line(1), $"Send at most {columnsMax}."));

    public static RefusedException NamelessColumn(int position) =>
        Refused("header-invalid", $"Column {position} has no name.", Line(1), "Give every column a name.");

    public static RefusedException BinaryColumn(int position) =>
        Refused("header-invalid", $"The name of column {position} holds control characters: this is no text.", Line(1), "Send a CSV file in UTF-8.");

    private static RefusedException Refused(string code, string what, string? where, string mend) =>
        new(new(code, RefusalKind.Unprocessable, what, where, mend));

    private static string Line(long number) => string.Create(CultureInfo.InvariantCulture, $"line {number}");
}
