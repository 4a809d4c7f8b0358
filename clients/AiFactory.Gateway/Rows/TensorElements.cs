using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using AiFactory.Domain.Models;

namespace AiFactory.Gateway.Rows;

/// <summary>Turns JSON scalars into packed elements: numbers little-endian, BYTES with their length in front.</summary>
internal static class TensorElements
{
    /// <param name="value">The scalar's bytes; a string's without its quotes.</param>
    /// <param name="escaped">Whether a string has escapes in it.</param>
    public static ElementFault Write(ByteBuffer into, TensorDataType type, JsonTokenType token, ReadOnlySpan<byte> value, bool escaped)
    {
        switch (type)
        {
            case TensorDataType.Fp32 when token == JsonTokenType.Number:
                return WriteSingle(into, value);
            case TensorDataType.Fp16 or TensorDataType.Fp32 or TensorDataType.Fp64:
                return WriteFloating(into, type, token, value);
            case TensorDataType.Bytes:
                return WriteText(into, token, value, escaped);
            case TensorDataType.Bool:
                if (token is JsonTokenType.True or JsonTokenType.False)
                {
                    into.Append(token == JsonTokenType.True ? (byte)1 : (byte)0);
                    return ElementFault.None;
                }

                return token == JsonTokenType.Null ? ElementFault.NullNotAllowed : ElementFault.WrongKind;
            default:
                return token switch
                {
                    JsonTokenType.Number => WriteInteger(into, type, value),
                    JsonTokenType.Null => ElementFault.NullNotAllowed,
                    _ => ElementFault.WrongKind,
                };
        }
    }

    private static ElementFault WriteSingle(ByteBuffer into, ReadOnlySpan<byte> value)
    {
        if (SingleText.Parse(value, out var number) != value.Length && !Utf8Parser.TryParse(value, out number, out _))
        {
            return ElementFault.OutOfRange;
        }

        if (!float.IsFinite(number))
        {
            return ElementFault.OutOfRange;
        }

        BinaryPrimitives.WriteSingleLittleEndian(into.Append(sizeof(float)), number);
        return ElementFault.None;
    }

    private static ElementFault WriteFloating(ByteBuffer into, TensorDataType type, JsonTokenType token, ReadOnlySpan<byte> value)
    {
        var number = double.NaN;
        if (token == JsonTokenType.Number)
        {
            if (!Utf8Parser.TryParse(value, out number, out int _) || !double.IsFinite(number) || (type == TensorDataType.Fp16 && !Half.IsFinite((Half)number)))
            {
                return ElementFault.OutOfRange;
            }
        }
        else if (token != JsonTokenType.Null)
        {
            return token == JsonTokenType.String && IsNonFiniteName(value) ? ElementFault.NotAFiniteNumber : ElementFault.WrongKind;
        }

        switch (type)
        {
            case TensorDataType.Fp16:
                BinaryPrimitives.WriteHalfLittleEndian(into.Append(2), (Half)number);
                break;
            case TensorDataType.Fp32:
                BinaryPrimitives.WriteSingleLittleEndian(into.Append(sizeof(float)), (float)number);
                break;
            default:
                BinaryPrimitives.WriteDoubleLittleEndian(into.Append(sizeof(double)), number);
                break;
        }

        return ElementFault.None;
    }

    private static bool IsNonFiniteName(ReadOnlySpan<byte> text) =>
        Ascii(text, "NaN"u8) || Ascii(text, "Infinity"u8) || Ascii(text, "-Infinity"u8) || Ascii(text, "inf"u8) || Ascii(text, "-inf"u8);

    private static bool Ascii(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => System.Text.Ascii.EqualsIgnoreCase(text, name);

    private static ElementFault WriteInteger(ByteBuffer into, TensorDataType type, ReadOnlySpan<byte> value)
    {
        if (!TryWhole(value, out var whole))
        {
            return Utf8Parser.TryParse(value, out double number, out int _) && Math.Abs(number) < 1e15 && number != Math.Truncate(number)
                ? ElementFault.Fractional
                : ElementFault.OutOfRange;
        }

        var (lowest, highest, bytes) = type switch
        {
            TensorDataType.Int8 => (sbyte.MinValue, sbyte.MaxValue, 1),
            TensorDataType.Int16 => (short.MinValue, short.MaxValue, 2),
            TensorDataType.Int32 => (int.MinValue, int.MaxValue, 4),
            TensorDataType.Int64 => ((Int128)long.MinValue, (Int128)long.MaxValue, 8),
            TensorDataType.UInt8 => (0, byte.MaxValue, 1),
            TensorDataType.UInt16 => (0, ushort.MaxValue, 2),
            TensorDataType.UInt32 => (0, uint.MaxValue, 4),
            _ => (0, (Int128)ulong.MaxValue, 8),
        };
        if (whole < lowest || whole > highest)
        {
            return ElementFault.OutOfRange;
        }

        Span<byte> little = stackalloc byte[16];
        BinaryPrimitives.WriteInt128LittleEndian(little, whole);
        into.Append(little[..bytes]);
        return ElementFault.None;
    }

    // JSON writes whole numbers also as 3.0 or 3e2.
    private static bool TryWhole(ReadOnlySpan<byte> value, out Int128 whole)
    {
        if (Utf8Parser.TryParse(value, out long small, out var used) && used == value.Length)
        {
            whole = small;
            return true;
        }

        if (Utf8Parser.TryParse(value, out ulong large, out used) && used == value.Length)
        {
            whole = large;
            return true;
        }

        var exact = Utf8Parser.TryParse(value, out decimal number, out used) && used == value.Length && decimal.Truncate(number) == number
            && Math.Abs(number) <= 18446744073709551615m;
        whole = exact ? (Int128)number : 0;
        return exact;
    }

    private static ElementFault WriteText(ByteBuffer into, JsonTokenType token, ReadOnlySpan<byte> value, bool escaped)
    {
        switch (token)
        {
            case JsonTokenType.String when !escaped:
                if (!Utf8.IsValid(value))
                {
                    return ElementFault.InvalidText;
                }

                break;
            case JsonTokenType.String:
                return WriteUnescaped(into, value);
            case JsonTokenType.True:
                value = "true"u8;
                break;
            case JsonTokenType.False:
                value = "false"u8;
                break;
            case JsonTokenType.Null:
                value = default;
                break;
            default:
                return ElementFault.WrongKind;
        }

        BinaryPrimitives.WriteInt32LittleEndian(into.Append(sizeof(int)), value.Length);
        into.Append(value);
        return ElementFault.None;
    }

    private static ElementFault WriteUnescaped(ByteBuffer into, ReadOnlySpan<byte> value)
    {
        var start = into.Length;
        into.Append(sizeof(int));
        if (!TryUnescape(value, into))
        {
            into.Truncate(start);
            return ElementFault.InvalidText;
        }

        BinaryPrimitives.WriteInt32LittleEndian(into.Written(start), into.Length - start - sizeof(int));
        return ElementFault.None;
    }

    /// <summary>Appends a JSON string's text without its escapes; false when it is not valid text.</summary>
    public static bool TryUnescape(ReadOnlySpan<byte> value, ByteBuffer into)
    {
        var quoted = ArrayPool<byte>.Shared.Rent(value.Length + 2);
        try
        {
            quoted[0] = (byte)'"';
            value.CopyTo(quoted.AsSpan(1));
            quoted[value.Length + 1] = (byte)'"';
            var reader = new Utf8JsonReader(quoted.AsSpan(0, value.Length + 2));
            reader.Read();
            into.Advance(reader.CopyString(into.GetSpan(value.Length)));
            return true;
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader's way to say that the text is not valid UTF-8 or UTF-16.
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(quoted);
        }
    }
}
