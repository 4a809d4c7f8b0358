using System.Buffers.Binary;
using System.Globalization;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Inference;

/// <summary>
/// Checks elements that come as bytes: little-endian, row after row, BYTES elements with a 32-bit length in front. That is how rows are packed, so
/// that what passes needs no conversion. Floating-point bits are taken as they are; NaN is a missing value.
/// </summary>
internal static class RawTensors
{
    /// <exception cref="RefusedException"><c>tensor-shape, tensor-value</c>.</exception>
    public static void Check(TensorSpec tensor, ReadOnlySpan<long> shape, ReadOnlySpan<byte> raw)
    {
        Int128 elements = 1;
        foreach (var dimension in shape)
        {
            elements *= dimension;
        }

        if (tensor.DataType == TensorDataType.Bytes)
        {
            CheckTexts(tensor, elements, raw);
            return;
        }

        if (elements * PackedRows.ElementBytes(tensor.DataType) != raw.Length)
        {
            throw TensorPacking.Refused("tensor-shape",
                $"Input '{tensor.Name}' takes {elements} {ElementFaults.Name(tensor.DataType)} elements, {elements * PackedRows.ElementBytes(tensor.DataType)} bytes, and got {raw.Length} bytes.",
                tensor.Name, "Send as many elements as the shape says.");
        }

        if (tensor.DataType == TensorDataType.Bool && raw.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and var at)
        {
            throw TensorPacking.Refused("tensor-value", $"Input '{tensor.Name}' takes 0 or 1 as a BOOL element's byte, and got {raw[at]} at element {at}.", tensor.Name, "Send 1 for true, 0 for false.");
        }
    }

    private static void CheckTexts(TensorSpec tensor, Int128 elements, ReadOnlySpan<byte> raw)
    {
        var (count, at) = ((Int128)0, 0);
        while (at < raw.Length)
        {
            var length = raw.Length - at >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(raw[at..]) : -1;
            if (length < 0 || length > raw.Length - at - sizeof(int))
            {
                throw TensorPacking.Refused("tensor-value", $"The bytes of input '{tensor.Name}' end inside of element {count}.", tensor.Name,
                    "Send each BYTES element as its length in 4 bytes, little-endian, and then the bytes.");
            }

            at += sizeof(int) + length;
            count++;
        }

        if (count != elements)
        {
            throw TensorPacking.Refused("tensor-shape", string.Create(CultureInfo.InvariantCulture, $"Input '{tensor.Name}' takes {elements} BYTES elements, and got {count}."), tensor.Name,
                "Send as many elements as the shape says.");
        }
    }
}
