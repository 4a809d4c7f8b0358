using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Packed rows (see <see cref="PackedRows"/>) to warm a model up on.</summary>
internal static class WarmupRows
{
    /// <summary>One row of zeros and empty strings.</summary>
    public static IReadOnlyList<byte[]> Zeros(ModelSignature signature) => [new byte[signature.Inputs.Sum(ZeroBytes)]];

    /// <summary>The rows of a request in the Open Inference Protocol's JSON.</summary>
    /// <exception cref="RefusedException"><c>warmup-malformed</c>, naming the tensor.</exception>
    public static IReadOnlyList<byte[]> Read(ModelSignature signature, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var sent = document.RootElement.GetProperty("inputs").EnumerateArray().ToDictionary(input => input.GetProperty("name").GetString()!, StringComparer.Ordinal);
            var tensors = signature.Inputs.Select(spec => sent.TryGetValue(spec.Name, out var input)
                ? Elements(spec, input.GetProperty("data"))
                : throw Malformed($"Input '{spec.Name}' is missing.", spec.Name)).ToArray();
            var rows = signature.Batched ? tensors[0].Count / Math.Max(1, signature.Inputs[0].RowElements) : 1;
            for (var i = 0; i < tensors.Length; i++)
            {
                if (rows < 1 || tensors[i].Count != (long)rows * signature.Inputs[i].RowElements)
                {
                    throw Malformed($"Input '{signature.Inputs[i].Name}' has {tensors[i].Count} elements, not {signature.Inputs[i].RowElements} in each of {rows} rows.",
                        signature.Inputs[i].Name);
                }
            }

            return [.. Enumerable.Range(0, rows).Select(row => Row(signature.Inputs, tensors, row))];
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw Malformed($"The sample is no request in the Open Inference Protocol's JSON: {failure.Message}", "warmup");
        }
    }

    private static int ZeroBytes(TensorSpec spec) =>
        spec.RowElements * (spec.DataType == TensorDataType.Bytes ? sizeof(int) : PackedRows.ElementBytes(spec.DataType));

    private static byte[] Row(IReadOnlyList<TensorSpec> inputs, List<JsonElement>[] tensors, int row)
    {
        var bytes = new ArrayBufferWriter<byte>();
        for (var i = 0; i < tensors.Length; i++)
        {
            foreach (var element in tensors[i].Skip(row * inputs[i].RowElements).Take(inputs[i].RowElements))
            {
                Write(bytes, inputs[i], element);
            }
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static List<JsonElement> Elements(TensorSpec spec, JsonElement data)
    {
        var elements = new List<JsonElement>();
        Flatten(data);
        return elements;

        void Flatten(JsonElement value)
        {
            if (value.ValueKind != JsonValueKind.Array)
            {
                throw Malformed($"The data of input '{spec.Name}' is no array.", spec.Name);
            }

            foreach (var element in value.EnumerateArray())
            {
                if (element.ValueKind == JsonValueKind.Array)
                {
                    Flatten(element);
                }
                else
                {
                    elements.Add(element);
                }
            }
        }
    }

    private static void Write(ArrayBufferWriter<byte> bytes, TensorSpec spec, JsonElement element)
    {
        if (spec.DataType == TensorDataType.Bytes)
        {
            var text = Encoding.UTF8.GetBytes(element.GetString() ?? throw Malformed($"Input '{spec.Name}' has an element that is no string.", spec.Name));
            BinaryPrimitives.WriteInt32LittleEndian(bytes.GetSpan(sizeof(int)), text.Length);
            bytes.Advance(sizeof(int));
            bytes.Write(text);
            return;
        }

        var width = PackedRows.ElementBytes(spec.DataType);
        WriteNumber(bytes.GetSpan(width), spec.DataType, element);
        bytes.Advance(width);
    }

    private static void WriteNumber(Span<byte> to, TensorDataType type, JsonElement element)
    {
        switch (type)
        {
            case TensorDataType.Bool: to[0] = (byte)(element.ValueKind == JsonValueKind.True || (element.ValueKind == JsonValueKind.Number && element.GetInt32() != 0) ? 1 : 0); break;
            case TensorDataType.UInt8: to[0] = element.GetByte(); break;
            case TensorDataType.Int8: to[0] = (byte)element.GetSByte(); break;
            case TensorDataType.UInt16: BinaryPrimitives.WriteUInt16LittleEndian(to, element.GetUInt16()); break;
            case TensorDataType.Int16: BinaryPrimitives.WriteInt16LittleEndian(to, element.GetInt16()); break;
            case TensorDataType.UInt32: BinaryPrimitives.WriteUInt32LittleEndian(to, element.GetUInt32()); break;
            case TensorDataType.Int32: BinaryPrimitives.WriteInt32LittleEndian(to, element.GetInt32()); break;
            case TensorDataType.UInt64: BinaryPrimitives.WriteUInt64LittleEndian(to, element.GetUInt64()); break;
            case TensorDataType.Int64: BinaryPrimitives.WriteInt64LittleEndian(to, element.GetInt64()); break;
            case TensorDataType.Fp16: BinaryPrimitives.WriteHalfLittleEndian(to, (Half)element.GetDouble()); break;
            case TensorDataType.Fp32: BinaryPrimitives.WriteSingleLittleEndian(to, element.GetSingle()); break;
            case TensorDataType.Fp64: BinaryPrimitives.WriteDoubleLittleEndian(to, element.GetDouble()); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "BYTES elements are no numbers.");
        }
    }

    private static RefusedException Malformed(string what, string where) => new(new Refusal("warmup-malformed", RefusalKind.Unprocessable, what, where,
        """Give a sample like {"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[0.5,1]}]}."""));
}
