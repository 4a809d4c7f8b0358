using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AiFactory.Domain.Models;
using AiFactory.OnnxExport.Schema;

namespace AiFactory.Engines.Tests.Onnx.Conformance;

/// <summary>A tensor as a test case gives it.</summary>
/// <param name="Elements">Packed.</param>
internal sealed record TensorFile(int[] Shape, TensorDataType DataType, byte[] Elements)
{
    /// <exception cref="NotSupportedException">It is not a tensor, or of a type without a name in the protocol.</exception>
    public static TensorFile Read(string path)
    {
        TensorProto tensor;
        try
        {
            tensor = TensorProto.Parser.ParseFrom(File.ReadAllBytes(path));
        }
        catch (Google.Protobuf.InvalidProtocolBufferException cause)
        {
            throw new NotSupportedException("The data is a sequence, not a tensor.", cause);
        }

        int[] shape = [.. tensor.Dims.Select(size => (int)size)];
        var type = Type((TensorProto.Types.DataType)tensor.DataType);
        var elements = tensor.HasRawData ? tensor.RawData.ToByteArray() : Typed(tensor, type);
        var count = shape.Aggregate(1, (product, size) => product * size);
        return type == TensorDataType.Bytes || elements.Length == count * Inference.PackedRows.ElementBytes(type)
            ? new(shape, type, elements)
            : throw new NotSupportedException("The data is a sequence or an optional, not a tensor.");
    }

    private static byte[] Typed(TensorProto tensor, TensorDataType type) => type switch
    {
        TensorDataType.Bytes => [.. tensor.StringData.SelectMany(text => (byte[])[.. BitConverter.GetBytes(text.Length), .. text.ToByteArray()])],
        TensorDataType.Fp32 => MemoryMarshal.AsBytes(tensor.FloatData.ToArray().AsSpan()).ToArray(),
        TensorDataType.Int64 => MemoryMarshal.AsBytes(tensor.Int64Data.ToArray().AsSpan()).ToArray(),
        _ => [.. tensor.Int32Data.SelectMany(value => Narrow(value, Inference.PackedRows.ElementBytes(type)))],
    };

    private static byte[] Narrow(int value, int width)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes[..Math.Min(width, sizeof(int))];
    }

    private static TensorDataType Type(TensorProto.Types.DataType type) => type switch
    {
        TensorProto.Types.DataType.Bool => TensorDataType.Bool,
        TensorProto.Types.DataType.Uint8 => TensorDataType.UInt8,
        TensorProto.Types.DataType.Uint16 => TensorDataType.UInt16,
        TensorProto.Types.DataType.Uint32 => TensorDataType.UInt32,
        TensorProto.Types.DataType.Uint64 => TensorDataType.UInt64,
        TensorProto.Types.DataType.Int8 => TensorDataType.Int8,
        TensorProto.Types.DataType.Int16 => TensorDataType.Int16,
        TensorProto.Types.DataType.Int32 => TensorDataType.Int32,
        TensorProto.Types.DataType.Int64 => TensorDataType.Int64,
        TensorProto.Types.DataType.Float16 => TensorDataType.Fp16,
        TensorProto.Types.DataType.Float => TensorDataType.Fp32,
        TensorProto.Types.DataType.Double => TensorDataType.Fp64,
        TensorProto.Types.DataType.String => TensorDataType.Bytes,
        _ => throw new NotSupportedException($"Elements are {type}."),
    };
}
