using System.Buffers.Binary;
using System.Text.Json;

namespace AiFactory.Gateway.Rows;

/// <summary>
/// Reads a JSON body forward, as <see cref="Utf8JsonReader"/> does, which it leaves only for flat arrays of numbers: those are most of a request, and are read
/// here in one go. Tokens stand where they are in the whole body.
/// </summary>
internal ref struct BodyReader(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> _body = body;
    private Utf8JsonReader _reader = new(body);
    private int _before;

    public readonly JsonTokenType TokenType => _reader.TokenType;

    public readonly ReadOnlySpan<byte> ValueSpan => _reader.ValueSpan;

    public bool Read() => _reader.Read();

    public void Skip() => _reader.Skip();

    public readonly bool ValueTextEquals(ReadOnlySpan<byte> utf8) => _reader.ValueTextEquals(utf8);

    public readonly bool TryGetInt32(out int value) => _reader.TryGetInt32(out value);

    public readonly bool TryGetInt64(out long value) => _reader.TryGetInt64(out value);

    public readonly string? GetString() => _reader.GetString();

    /// <summary>The value that the reader stands on; of an array or object the reader is moved to its end.</summary>
    public JsonToken Take()
    {
        var token = JsonToken.Take(ref _reader);
        return token with { Start = token.Start + _before };
    }

    /// <summary>
    /// From a property's name on, reads its value if that is an array of numbers alone, none of which needs more than <see cref="SingleText"/>; else nothing
    /// is read, and nothing appended.
    /// </summary>
    /// <param name="singles">Takes the numbers, little-endian.</param>
    public bool TryTakeSingles(ByteBuffer singles, out JsonToken array)
    {
        array = default;
        var start = SkipSpace(_before + (int)_reader.BytesConsumed);
        if (start == _body.Length || _body[start] != (byte)'[')
        {
            return false;
        }

        var kept = singles.Length;
        var end = ReadSingles(start + 1, singles);
        if (end < 0)
        {
            singles.Truncate(kept);
            return false;
        }

        array = new(start, end - start, JsonTokenType.StartArray, false);

        // For the reader the value was a null of its own.
        var between = new Utf8JsonReader("null"u8, isFinalBlock: false, _reader.CurrentState);
        between.Read();
        _reader = new(_body[end..], isFinalBlock: true, between.CurrentState);
        _before = end;
        return true;
    }

    // The place behind the array; -1: there is something else in it.
    private readonly int ReadSingles(int at, ByteBuffer singles)
    {
        while (true)
        {
            at = SkipSpace(at);
            var length = SingleText.Parse(_body[at..], out var number);
            if (length == 0)
            {
                return -1;
            }

            BinaryPrimitives.WriteSingleLittleEndian(singles.Append(sizeof(float)), number);
            at = SkipSpace(at + length);
            if (at == _body.Length || _body[at] is not ((byte)',' or (byte)']'))
            {
                return -1;
            }

            if (_body[at++] == (byte)']')
            {
                return at;
            }
        }
    }

    private readonly int SkipSpace(int at)
    {
        while ((uint)at < (uint)_body.Length && _body[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        return at;
    }
}
