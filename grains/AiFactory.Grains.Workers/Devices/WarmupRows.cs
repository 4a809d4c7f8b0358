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
    private const string SequenceId = "warm-up";

    /// <summary>One row of zeros and empty strings.</summary>
    /// <param name="freeAxis">Size of every free axis.</param>
    public static IReadOnlyList<byte[]> Zeros(ModelSignature signature, int freeAxis = 1)
    {
        var row = Begin(signature);
        foreach (var spec in signature.Inputs)
        {
            WriteSizes(row, spec, [.. spec.RowShape.Select(size => size < 0 ? freeAxis : size)]);
            var elements = spec.RowShape.Aggregate(1, (product, size) => checked(product * (size < 0 ? freeAxis : size)));
            row.Write(new byte[checked(elements * (spec.DataType == TensorDataType.Bytes ? sizeof(int) : PackedRows.ElementBytes(spec.DataType)))]);
        }

        return [row.WrittenSpan.ToArray()];
    }

    /// <summary>The rows of a request in the Open Inference Protocol's JSON.</summary>
    /// <exception cref="RefusedException"><c>warmup-malformed</c>, naming the tensor.</exception>
    public static IReadOnlyList<byte[]> Read(ModelSignature signature, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var sent = document.RootElement.GetProperty("inputs").EnumerateArray().ToDictionary(input => input.GetProperty("name").GetString()!, StringComparer.Ordinal);
            var tensors = signature.Inputs.Select(spec => sent.TryGetValue(spec.Name, out var input)
                ? Tensor(spec, input, signature.Batched)
                : throw Malformed($"Input '{spec.Name}' is missing.", spec.Name)).ToArray();
            return tensors.All(tensor => tensor.Rows == tensors[0].Rows)
                ? [.. Enumerable.Range(0, tensors[0].Rows).Select(row => Row(signature, tensors, row))]
                : throw Malformed("The inputs differ in their number of rows.", "shape");
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw Malformed($"The sample is no request in the Open Inference Protocol's JSON: {failure.Message}", "warmup");
        }
    }

    private static Sent Tensor(TensorSpec spec, JsonElement input, bool batched)
    {
        int[] shape = [.. input.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
        int[] sizes = batched ? shape[Math.Min(1, shape.Length)..] : shape;
        var rows = batched ? shape.FirstOrDefault() : 1;
        if (rows < 1 || sizes.Length != spec.RowShape.Count || sizes.Zip(spec.RowShape).Any(pair => pair.First < 0 || (pair.Second >= 0 && pair.First != pair.Second)))
        {
            throw Malformed($"Input '{spec.Name}' has the shape [{string.Join(", ", shape)}]; it takes [{string.Join(", ", [.. batched ? new[] { -1 } : [], .. spec.RowShape])}].", spec.Name);
        }

        var elements = Elements(spec, input.GetProperty("data"));
        var rowElements = sizes.Aggregate(1L, (product, size) => product * size);
        return elements.Count == rows * rowElements
            ? new(spec, rows, sizes, (int)rowElements, elements)
            : throw Malformed($"Input '{spec.Name}' has {elements.Count} elements, not {rows * rowElements}.", spec.Name);
    }

    private static byte[] Row(ModelSignature signature, Sent[] tensors, int row)
    {
        var bytes = Begin(signature);
        foreach (var tensor in tensors)
        {
            WriteSizes(bytes, tensor.Spec, tensor.Sizes);
            foreach (var element in tensor.Elements.Skip(row * tensor.RowElements).Take(tensor.RowElements))
            {
                Write(bytes, tensor.Spec, element);
            }
        }

        return bytes.WrittenSpan.ToArray();
    }

    // A sequence of one row, of which nothing is kept.
    private static ArrayBufferWriter<byte> Begin(ModelSignature signature)
    {
        var row = new ArrayBufferWriter<byte>();
        if (signature.Sequence is not null)
        {
            SequencePrefix.Write(SequenceId, start: true, end: true, row);
        }

        return row;
    }

    private static void WriteSizes(ArrayBufferWriter<byte> row, TensorSpec spec, ReadOnlySpan<int> sizes)
    {
        for (var axis = 0; axis < sizes.Length; axis++)
        {
            if (spec.RowShape[axis] < 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(row.GetSpan(sizeof(int)), sizes[axis]);
                row.Advance(sizeof(int));
            }
        }
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

    private sealed record Sent(TensorSpec Spec, int Rows, int[] Sizes, int RowElements, List<JsonElement> Elements);
}
