using System.Buffers;
using System.Text;

namespace AiFactory.Benchmarks.Decisions;

/// <summary>
/// Just enough of protobuf to write an ONNX file: wire format and field numbers as in the public onnx.proto. Independent of the product's own exporter.
/// </summary>
internal sealed class OnnxWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public OnnxWriter Int(int field, long value)
    {
        Varint((uint)field << 3);
        Varint((ulong)value);
        return this;
    }

    public OnnxWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public OnnxWriter Message(int field, OnnxWriter message) => Bytes(field, message.ToArray());

    public OnnxWriter Bytes(int field, byte[] value)
    {
        Varint(((uint)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    /// <summary>A NodeProto.</summary>
    public static OnnxWriter Node(string operation, IReadOnlyList<string> inputs, string output)
    {
        var node = new OnnxWriter();
        foreach (var input in inputs)
        {
            node.Text(1, input);
        }

        return node.Text(2, output).Text(4, operation);
    }

    /// <summary>A TensorProto of 32-bit floats.</summary>
    public static OnnxWriter Tensor(string name, IReadOnlyList<int> shape, float[] values)
    {
        var tensor = new OnnxWriter();
        foreach (var dimension in shape)
        {
            tensor.Int(1, dimension);
        }

        return tensor.Int(2, 1).Text(8, name).Bytes(9, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray());
    }

    /// <summary>A ValueInfoProto of 32-bit floats, [N, width].</summary>
    public static OnnxWriter Value(string name, int width)
    {
        var shape = new OnnxWriter().Message(1, new OnnxWriter().Text(2, "N")).Message(1, new OnnxWriter().Int(1, width));
        var tensor = new OnnxWriter().Int(1, 1).Message(2, shape);
        return new OnnxWriter().Text(1, name).Message(2, new OnnxWriter().Message(1, tensor));
    }

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes.Write([(byte)(value | 0x80)]);
            value >>= 7;
        }

        _bytes.Write([(byte)value]);
    }
}
