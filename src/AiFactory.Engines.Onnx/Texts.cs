using System.Buffers;
using System.Buffers.Binary;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>BYTES elements between packed rows and tensors.</summary>
internal static class Texts
{
    /// <param name="first">Number of the row's first element in the tensor.</param>
    /// <returns>Bytes that the row of the tensor took.</returns>
    public static int Fill(BoundRun binding, int input, int first, TensorSpec spec, ReadOnlySpan<byte> bytes)
    {
        var length = PackedRows.TensorLength(spec, bytes);
        var elements = PackedRows.Elements(spec, bytes);
        var at = PackedRows.ShapeBytes(spec);
        for (var i = 0; i < elements; i++)
        {
            var size = BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
            binding.SetString(input, first + i, bytes.Slice(at + sizeof(int), size));
            at += sizeof(int) + size;
        }

        return length;
    }

    public static void Write(OrtValue value, int first, int count, IBufferWriter<byte> outputs)
    {
        for (var i = 0; i < count; i++)
        {
            var text = value.GetStringElementAsSpan(first + i);
            BinaryPrimitives.WriteInt32LittleEndian(outputs.GetSpan(sizeof(int)), text.Length);
            outputs.Advance(sizeof(int));
            outputs.Write(text);
        }
    }
}
