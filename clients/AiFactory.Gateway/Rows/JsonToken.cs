using System.Text;
using System.Text.Json;

namespace AiFactory.Gateway.Rows;

/// <summary>Where a value stands in a JSON text: a scalar's own bytes (a string's without its quotes), or a whole array or object.</summary>
internal readonly record struct JsonToken(int Start, int Length, JsonTokenType Type, bool Escaped)
{
    public bool Present => Type != JsonTokenType.None;

    public ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> body) => body.Slice(Start, Length);

    /// <summary>The value that the reader stands on; of an array or object the reader is moved to its end.</summary>
    public static JsonToken Take(ref Utf8JsonReader reader)
    {
        var type = reader.TokenType;
        var start = (int)reader.TokenStartIndex;
        switch (type)
        {
            case JsonTokenType.StartArray or JsonTokenType.StartObject:
                reader.Skip();
                return new(start, (int)reader.BytesConsumed - start, type, false);
            case JsonTokenType.String:
                return new(start + 1, reader.ValueSpan.Length, type, reader.ValueIsEscaped);
            default:
                return new(start, reader.ValueSpan.Length, type, false);
        }
    }

    /// <summary>The value as a person would recognise it, shortened.</summary>
    public string Describe(ReadOnlySpan<byte> body)
    {
        const int ShownMax = 40;
        var bytes = Bytes(body);
        var shown = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, ShownMax)]) + (bytes.Length > ShownMax ? "..." : "");
        return Type switch
        {
            JsonTokenType.String => $"the string \"{shown}\"",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.StartObject => "an object",
            _ => shown,
        };
    }
}
