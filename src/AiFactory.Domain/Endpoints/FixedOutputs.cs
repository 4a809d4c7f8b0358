using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.Json;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Endpoints;

/// <summary>Outputs that a user wrote down once, as the bytes that a model would have given.</summary>
public static class FixedOutputs
{
    /// <summary>
    /// One packed row: for each output tensor in signature order its elements, numbers little-endian, BYTES as a 32-bit length and UTF-8.
    /// </summary>
    /// <param name="outputs">Values by tensor name, nested or flat; a scalar for a tensor of one element.</param>
    public static Ruling<byte[]> Pack(ModelSignature signature, IReadOnlyDictionary<string, JsonElement> outputs)
    {
        if (outputs.Keys.FirstOrDefault(name => signature.Outputs.All(tensor => tensor.Name != name)) is { } unknown)
            return Invalid(unknown, $"The model gives no output '{unknown}'.", $"Its outputs are: {string.Join(", ", signature.Outputs.Select(tensor => tensor.Name))}.");

        var packed = new MemoryStream();
        foreach (var tensor in signature.Outputs)
        {
            if (!outputs.TryGetValue(tensor.Name, out var value))
                return Invalid(tensor.Name, $"It has no value for output '{tensor.Name}'.", "Give one row for each output tensor.");
            if (!signature.Batched || tensor.RowShape.Any(dimension => dimension < 0))
                return Invalid(tensor.Name, $"Output '{tensor.Name}' has no fixed shape.", "Only a model whose outputs have a fixed shape a row can have a static default.");
            var elements = new List<JsonElement>();
            Flatten(value, elements);
            if (elements.Count != tensor.RowElements)
                return Invalid(tensor.Name, $"Output '{tensor.Name}' has {tensor.RowElements} elements a row, not {elements.Count}.", "Give one row, nested or flat.");
            foreach (var element in elements)
            {
                if (!TryWrite(tensor.DataType, element, packed))
                    return Invalid(tensor.Name, $"{element.GetRawText()} is no {tensor.DataType} for output '{tensor.Name}'.", "Give values of the output's type.");
            }
        }

        return packed.ToArray();
    }

    private static void Flatten(JsonElement value, List<JsonElement> into)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            into.Add(value);
            return;
        }

        foreach (var item in value.EnumerateArray())
        {
            Flatten(item, into);
        }
    }

    private static bool TryWrite(TensorDataType type, JsonElement value, MemoryStream into) => type switch
    {
        TensorDataType.Bool => value.ValueKind is JsonValueKind.True or JsonValueKind.False && Write(into, (byte)(value.GetBoolean() ? 1 : 0)),
        TensorDataType.Bytes => value.ValueKind == JsonValueKind.String && WriteText(into, value.GetString()!),
        _ when value.ValueKind != JsonValueKind.Number => false,
        TensorDataType.UInt8 => value.TryGetByte(out var number) && Write(into, number),
        TensorDataType.UInt16 => value.TryGetUInt16(out var number) && Write(into, number),
        TensorDataType.UInt32 => value.TryGetUInt32(out var number) && Write(into, number),
        TensorDataType.UInt64 => value.TryGetUInt64(out var number) && Write(into, number),
        TensorDataType.Int8 => value.TryGetSByte(out var number) && Write(into, number),
        TensorDataType.Int16 => value.TryGetInt16(out var number) && Write(into, number),
        TensorDataType.Int32 => value.TryGetInt32(out var number) && Write(into, number),
        TensorDataType.Int64 => value.TryGetInt64(out var number) && Write(into, number),
        TensorDataType.Fp16 => WriteBits(into, BitConverter.HalfToUInt16Bits((Half)value.GetDouble()), Half.IsFinite((Half)value.GetDouble())),
        TensorDataType.Fp32 => WriteBits(into, BitConverter.SingleToUInt32Bits((float)value.GetDouble()), float.IsFinite((float)value.GetDouble())),
        TensorDataType.Fp64 => WriteBits(into, BitConverter.DoubleToUInt64Bits(value.GetDouble()), double.IsFinite(value.GetDouble())),
        _ => false,
    };

    private static bool WriteBits<T>(MemoryStream into, T bits, bool finite)
        where T : IBinaryInteger<T> => finite && Write(into, bits);

    private static bool Write<T>(MemoryStream into, T number)
        where T : IBinaryInteger<T>
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        into.Write(bytes[..number.WriteLittleEndian(bytes)]);
        return true;
    }

    private static bool WriteText(MemoryStream into, string text)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        var bytes = Encoding.UTF8.GetBytes(text);
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        into.Write(length);
        into.Write(bytes);
        return true;
    }

    private static Refusal Invalid(string tensor, string what, string mend) => new("default-invalid", RefusalKind.Unprocessable, what, tensor, mend);
}
