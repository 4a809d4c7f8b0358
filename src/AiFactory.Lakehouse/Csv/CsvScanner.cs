using System.Numerics;
using System.Runtime.Intrinsics;
using System.Text.Unicode;

namespace AiFactory.Lakehouse.Csv;

/// <summary>
/// Reads CSV (RFC 4180; LF or CRLF) record by record from UTF-8 bytes, in the memory of one record. It keeps to bytes so that the raw
/// line of a bad row is at hand and values are parsed without strings. A record without quotes, which is nearly every one, is split
/// by comparing 32 bytes at a time.
/// </summary>
internal sealed class CsvScanner(Stream stream, int headerBytesMax, int lineBytesMax)
{
    private const int BufferBytesMin = 256 * 1024;
    private static readonly int VectorBytes = Vector256<byte>.Count;

    // One vector longer than what it may hold, so that the last bytes can be loaded as a whole vector.
    private byte[] buffer = new byte[BufferBytesMin + VectorBytes];
    private int start, next, end, lineEnd;
    private long bufferOffset;
    private bool started, ended;
    private int recordBytesMax = headerBytesMax;
    private long nextLineNumber = 1;

    // Field i is buffer[starts[i]..ends[i]], or, where the start is complemented, unescaped[~starts[i]..ends[i]].
    private int[] starts = new int[64], ends = new int[64];
    private byte[] unescaped = [];
    private int unescapedCount, openQuote;

    public int FieldCount { get; private set; }

    /// <summary>There was text between a closing quote and the next separator.</summary>
    public bool HasStrayQuote { get; private set; }

    /// <summary>Of the record's first line in the file, from 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>The record as received, without its line ending.</summary>
    public ReadOnlySpan<byte> Line => buffer.AsSpan(start, lineEnd - start);

    /// <summary>Whether a line without any character is a record of one empty field, or nothing.</summary>
    public bool SkipsBlankLines { get; set; } = true;

    /// <summary>The text of a field, without its quotes.</summary>
    public ReadOnlySpan<byte> Field(int index)
    {
        var from = starts[index];
        return from >= 0 ? buffer.AsSpan(from, ends[index] - from) : unescaped.AsSpan(~from, ends[index] - ~from);
    }

    /// <summary>Moves to the next record; false at the end of the file.</summary>
    /// <exception cref="Domain.Refusals.RefusedException">The bytes from here on are no CSV; see <see cref="CsvRefusals"/>.</exception>
    public bool Read()
    {
        if (!started) Start();
        do
        {
            start = next;
            if (start == end && !Fill()) return false;
            LineNumber = nextLineNumber;
            while (!TrySplit())
            {
                if (ended || end - start > recordBytesMax) throw Unfinished();
                Fill();
            }

            if (lineEnd - start > recordBytesMax) throw CsvRefusals.LineTooLong(LineNumber, recordBytesMax);
            if (!Utf8.IsValid(Line)) throw CsvRefusals.NotUtf8(Line, LineNumber, bufferOffset + start);
        }
        while (lineEnd == start && SkipsBlankLines);
        recordBytesMax = lineBytesMax;
        return true;
    }

    private Domain.Refusals.RefusedException Unfinished() => openQuote < 0
        ? CsvRefusals.LineTooLong(LineNumber, recordBytesMax)
        : CsvRefusals.Unterminated(LineNumber + buffer.AsSpan(start, openQuote - start).Count((byte)'\n'));

    private void Start()
    {
        started = true;
        while (end < 3 && Fill())
        {
        }

        var head = buffer.AsSpan(0, end);
        if (head.StartsWith<byte>([0xFF, 0xFE]) || head.StartsWith<byte>([0xFE, 0xFF])) throw CsvRefusals.Utf16();
        if (head.StartsWith<byte>([0xEF, 0xBB, 0xBF])) next = 3;
    }

    /// <summary>Makes room behind the present record and reads on; false at the end of the file.</summary>
    private bool Fill()
    {
        if (ended) return false;
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            bufferOffset += start;
            (start, next, end) = (0, next - start, end - start);
        }

        if (end == buffer.Length - VectorBytes) Array.Resize(ref buffer, ((buffer.Length - VectorBytes) * 2) + VectorBytes);
        var read = stream.Read(buffer, end, buffer.Length - VectorBytes - end);
        ended = read == 0;
        end += read;
        return !ended;
    }

    /// <summary>Finds the fields of the record at <c>start</c>; false when its end is not in the buffer yet.</summary>
    private bool TrySplit()
    {
        FieldCount = 0;
        unescapedCount = 0;
        openQuote = -1;
        HasStrayQuote = false;
        var bytes = buffer;
        var fieldStart = start;
        Vector256<byte> comma = Vector256.Create((byte)','), lineFeed = Vector256.Create((byte)'\n'), quote = Vector256.Create((byte)'"');
        for (var position = start; position < end; position += VectorBytes)
        {
            var block = Vector256.Create(bytes, position);
            var marks = (Vector256.Equals(block, comma) | Vector256.Equals(block, lineFeed) | Vector256.Equals(block, quote)).ExtractMostSignificantBits();
            if (end - position < VectorBytes) marks &= (1u << (end - position)) - 1;
            for (; marks != 0; marks &= marks - 1)
            {
                var mark = position + BitOperations.TrailingZeroCount(marks);
                if (bytes[mark] == ',')
                {
                    AddField(fieldStart, mark);
                    fieldStart = mark + 1;
                }
                else if (bytes[mark] == '\n')
                {
                    EndRecord(fieldStart, mark, mark + 1);
                    return true;
                }
                else if (mark == fieldStart)
                {
                    return TrySplitQuoted(fieldStart);
                }
            }
        }

        if (!ended) return false;
        EndRecord(fieldStart, end, end);
        return true;
    }

    /// <summary>The rest of a record from its first quoted field on.</summary>
    private bool TrySplitQuoted(int fieldStart)
    {
        while (true)
        {
            var after = fieldStart;
            var quoted = fieldStart < end && buffer[fieldStart] == '"';
            if (quoted && !TryAddQuoted(fieldStart, out after)) return false;
            var length = buffer.AsSpan(after, end - after).IndexOfAny((byte)',', (byte)'\n');
            if (length < 0 && !ended) return false;
            var mark = length < 0 ? end : after + length;
            var last = mark == end || buffer[mark] == '\n';
            var textEnd = last ? WithoutCarriageReturn(after, mark) : mark;
            HasStrayQuote |= quoted && textEnd > after;
            if (!quoted) AddField(fieldStart, textEnd);
            if (last)
            {
                lineEnd = textEnd;
                next = mark == end ? end : mark + 1;
                nextLineNumber = LineNumber + 1 + Line.Count((byte)'\n');
                return true;
            }

            fieldStart = mark + 1;
        }
    }

    /// <param name="after">Behind the closing quote.</param>
    private bool TryAddQuoted(int quote, out int after)
    {
        openQuote = quote;
        after = quote + 1;
        var doubled = false;
        while (true)
        {
            var length = buffer.AsSpan(after, end - after).IndexOf((byte)'"');
            var close = after + length;
            if (length < 0 || (close + 1 == end && !ended)) return false;
            after = close + 1;
            if (after < end && buffer[after] == '"')
            {
                doubled = true;
                after++;
                continue;
            }

            openQuote = -1;
            if (doubled) AddUnescaped(buffer.AsSpan(quote + 1, close - quote - 1));
            else AddField(quote + 1, close);
            return true;
        }
    }

    private void EndRecord(int fieldStart, int mark, int after)
    {
        lineEnd = WithoutCarriageReturn(fieldStart, mark);
        AddField(fieldStart, lineEnd);
        next = after;
        nextLineNumber = LineNumber + 1;
    }

    private int WithoutCarriageReturn(int from, int to) => to > from && buffer[to - 1] == '\r' ? to - 1 : to;

    private void AddField(int from, int to)
    {
        if (FieldCount == starts.Length)
        {
            Array.Resize(ref starts, starts.Length * 2);
            Array.Resize(ref ends, ends.Length * 2);
        }

        starts[FieldCount] = from;
        ends[FieldCount++] = to;
    }

    private void AddUnescaped(ReadOnlySpan<byte> escaped)
    {
        if (unescaped.Length < unescapedCount + escaped.Length) Array.Resize(ref unescaped, Math.Max(unescaped.Length * 2, unescapedCount + escaped.Length));
        var from = unescapedCount;
        for (var i = 0; i < escaped.Length; i++)
        {
            unescaped[unescapedCount++] = escaped[i];
            if (escaped[i] == '"') i++;
        }

        AddField(~from, unescapedCount);
    }
}
