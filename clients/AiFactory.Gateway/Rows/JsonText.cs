using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;

namespace AiFactory.Gateway.Rows;

/// <summary>Writes JSON by hand into a buffer that is kept: the decision line's answers.</summary>
internal static class JsonText
{
    private const int NumberBytesMax = 32;

    public static void WriteString(ByteBuffer into, string text)
    {
        foreach (var c in text)
        {
            if (c is < ' ' or > '~' or '"' or '\\')
            {
                WriteEncoded(into, text);
                return;
            }
        }

        var at = into.Append(text.Length + 2);
        at[0] = at[^1] = (byte)'"';
        Encoding.ASCII.GetBytes(text, at[1..]);
    }

    public static void WriteNumber<T>(ByteBuffer into, T number)
        where T : IUtf8SpanFormattable
    {
        number.TryFormat(into.GetSpan(NumberBytesMax), out var written, default, CultureInfo.InvariantCulture);
        into.Advance(written);
    }

    /// <summary>A floating-point number in its shortest exact form; NaN and infinities, which JSON lacks, as quoted names.</summary>
    public static void WriteFloating<T>(ByteBuffer into, T number, bool finite)
        where T : IUtf8SpanFormattable
    {
        if (finite)
        {
            WriteNumber(into, number);
            return;
        }

        into.Append((byte)'"');
        WriteNumber(into, number);
        into.Append((byte)'"');
    }

    /// <summary>One row of a tensor: a value where a row has one, else arrays nested by its shape.</summary>
    public static void WriteRow(ByteBuffer into, TensorSpec tensor, ReadOnlySpan<byte> row)
    {
        if (tensor.RowElements == 1 && tensor.RowShape.Count <= 1)
        {
            WriteElement(into, tensor.DataType, ref row);
            return;
        }

        Span<int> shape = tensor.RowShape.Count <= 16 ? stackalloc int[tensor.RowShape.Count] : new int[tensor.RowShape.Count];
        for (var axis = 0; axis < shape.Length; axis++)
        {
            shape[axis] = PackedRows.Size(tensor, row, axis);
        }

        row = row[PackedRows.ShapeBytes(tensor)..];
        WriteDimension(into, tensor.DataType, shape, ref row);
    }

    /// <summary>Elements one after another with commas between.</summary>
    public static void WriteElements(ByteBuffer into, TensorDataType type, int count, ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
            {
                into.Append((byte)',');
            }

            WriteElement(into, type, ref bytes);
        }
    }

    private static void WriteDimension(ByteBuffer into, TensorDataType type, scoped ReadOnlySpan<int> shape, ref ReadOnlySpan<byte> row)
    {
        into.Append((byte)'[');
        for (var i = 0; i < shape[0]; i++)
        {
            if (i > 0)
            {
                into.Append((byte)',');
            }

            if (shape.Length > 1)
            {
                WriteDimension(into, type, shape[1..], ref row);
            }
            else
            {
                WriteElement(into, type, ref row);
            }
        }

        into.Append((byte)']');
    }

    private static void WriteElement(ByteBuffer into, TensorDataType type, ref ReadOnlySpan<byte> bytes)
    {
        switch (type)
        {
            case TensorDataType.Bool:
                into.Append(bytes[0] != 0 ? "true"u8 : "false"u8);
                break;
            case TensorDataType.UInt8:
                WriteNumber(into, bytes[0]);
                break;
            case TensorDataType.Int8:
                WriteNumber(into, (sbyte)bytes[0]);
                break;
            case TensorDataType.UInt16:
                WriteNumber(into, BinaryPrimitives.ReadUInt16LittleEndian(bytes));
                break;
            case TensorDataType.Int16:
                WriteNumber(into, BinaryPrimitives.ReadInt16LittleEndian(bytes));
                break;
            case TensorDataType.UInt32:
                WriteNumber(into, BinaryPrimitives.ReadUInt32LittleEndian(bytes));
                break;
            case TensorDataType.Int32:
                WriteNumber(into, BinaryPrimitives.ReadInt32LittleEndian(bytes));
                break;
            case TensorDataType.UInt64:
                WriteNumber(into, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                break;
            case TensorDataType.Int64:
                WriteNumber(into, BinaryPrimitives.ReadInt64LittleEndian(bytes));
                break;
            case TensorDataType.Fp16:
                var half = BinaryPrimitives.ReadHalfLittleEndian(bytes);
                WriteFloating(into, half, Half.IsFinite(half));
                break;
            case TensorDataType.Fp32:
                var single = BinaryPrimitives.ReadSingleLittleEndian(bytes);
                WriteFloating(into, single, float.IsFinite(single));
                break;
            case TensorDataType.Fp64:
                var real = BinaryPrimitives.ReadDoubleLittleEndian(bytes);
                WriteFloating(into, real, double.IsFinite(real));
                break;
            default:
                var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
                WriteString(into, Encoding.UTF8.GetString(bytes.Slice(sizeof(int), length)));
                bytes = bytes[(sizeof(int) + length)..];
                return;
        }

        bytes = bytes[PackedRows.ElementBytes(type)..];
    }

    private static void WriteEncoded(ByteBuffer into, string text)
    {
        into.Append((byte)'"');
        into.Append(JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
        into.Append((byte)'"');
    }
}
