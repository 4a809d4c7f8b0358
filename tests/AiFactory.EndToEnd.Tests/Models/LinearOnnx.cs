using System.Runtime.InteropServices;
using System.Text;

namespace AiFactory.EndToEnd.Tests.Models;

/// <summary>y = x W as an ONNX file, in the wire format and with the field numbers of the public onnx.proto; W may lie in a file beside it.</summary>
internal static class LinearOnnx
{
    public const byte Inputs = 3, Outputs = 2;

    public static byte[] Data(float[] weights) => MemoryMarshal.AsBytes(weights.AsSpan()).ToArray();

    /// <param name="external">Name of the file with the weights; null: they are in the graph.</param>
    public static byte[] Graph(float[] weights, string? external)
    {
        byte[] tensor =
        [
            .. Int(1, Inputs), .. Int(1, Outputs), .. Int(2, 1), .. Text(8, "w"),
            .. external is null ? Message(9, Data(weights)) : [.. Message(13, [.. Text(1, "location"), .. Text(2, external)]), .. Int(14, 1)],
        ];
        byte[] node = [.. Text(1, "x"), .. Text(1, "w"), .. Text(2, "y"), .. Text(4, "MatMul")];
        byte[] graph = [.. Message(1, node), .. Text(2, "linear"), .. Message(5, tensor), .. Message(11, Value("x", Inputs)), .. Message(12, Value("y", Outputs))];
        return [.. Int(1, 7), .. Message(7, graph), .. Message(8, [.. Text(1, ""), .. Int(2, 13)])];
    }

    private static byte[] Value(string name, byte width)
    {
        byte[] shape = [.. Message(1, Text(2, "N")), .. Message(1, Int(1, width))];
        return [.. Text(1, name), .. Message(2, Message(1, [.. Int(1, 1), .. Message(2, shape)]))];
    }

    private static byte[] Int(int field, byte value) => [(byte)(field << 3), value];

    private static byte[] Text(int field, string value) => Message(field, Encoding.UTF8.GetBytes(value));

    private static byte[] Message(int field, byte[] bytes) => bytes.Length < 128
        ? [(byte)((field << 3) | 2), (byte)bytes.Length, .. bytes]
        : [(byte)((field << 3) | 2), (byte)(bytes.Length | 0x80), (byte)(bytes.Length >> 7), .. bytes];
}
