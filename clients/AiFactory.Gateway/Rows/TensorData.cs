using System.Text.Json;
using AiFactory.Domain.Models;

namespace AiFactory.Gateway.Rows;

/// <summary>What went wrong in an array of elements.</summary>
/// <param name="Index">Number of the element at fault, from 0.</param>
/// <param name="Shape">The array has not the shape asked for.</param>
internal readonly record struct DataFault(ElementFault Fault, long Index, JsonToken Token, bool Shape, long Count)
{
    public bool None => Fault == ElementFault.None && !Shape;
}

/// <summary>Reads a JSON array of elements, flat or nested as the shape says, into packed elements.</summary>
internal static class TensorData
{
    private const int RankMax = 16;

    /// <param name="reader">Stands on the array's start, and is left on its end.</param>
    public static DataFault Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, TensorDataType type, ReadOnlySpan<long> shape, ByteBuffer into)
    {
        var expected = 1L;
        foreach (var dimension in shape)
        {
            expected *= dimension;
        }

        if (shape.Length > RankMax)
        {
            reader.Skip();
            return new(ElementFault.None, 0, default, true, 0);
        }

        Span<long> begun = stackalloc long[RankMax + 1];
        var (count, first, nested, depth) = (0L, default(DataFault), false, reader.CurrentDepth);
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth))
        {
            var level = reader.CurrentDepth - depth;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray when level < shape.Length && (nested || count == 0):
                    nested = true;
                    begun[level] = count;
                    break;
                case JsonTokenType.EndArray when count - begun[level] == Volume(shape[level..]):
                    break;
                case JsonTokenType.StartArray or JsonTokenType.EndArray:
                    return ShapeFault(ref reader, depth, count);
                default:
                    var token = JsonToken.Take(ref reader);
                    if (nested && level != shape.Length)
                    {
                        return ShapeFault(ref reader, depth, count);
                    }

                    var fault = count < expected ? TensorElements.Write(into, type, token.Type, token.Bytes(body), token.Escaped) : ElementFault.None;
                    if (fault != ElementFault.None && first.None)
                    {
                        first = new(fault, count, token, false, count);
                    }

                    count++;
                    break;
            }
        }

        return count != expected ? new(ElementFault.None, 0, default, true, count) : first;
    }

    private static long Volume(ReadOnlySpan<long> shape)
    {
        var volume = 1L;
        foreach (var dimension in shape)
        {
            volume *= dimension;
        }

        return volume;
    }

    private static DataFault ShapeFault(ref Utf8JsonReader reader, int depth, long count)
    {
        while (!(reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth) && reader.Read())
        {
        }

        return new(ElementFault.None, 0, default, true, count);
    }
}
