using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace AiFactory.Engines.Tests.Support;

/// <summary>Packs and unpacks rows by hand, so that tests do not lean on the code they test.</summary>
internal static class Rows
{
    public static byte[] Of(params float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    public static float[] Floats(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();

    public static byte[] Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var bytes = new byte[sizeof(int) + utf8.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, utf8.Length);
        utf8.CopyTo(bytes, sizeof(int));
        return bytes;
    }

    public static byte[] Echo(string first, string second, float number) => [.. Text(first), .. Text(second), .. Of(number)];

    /// <summary>A row of the ragged echo: so many texts, and twice as many numbers as asked for.</summary>
    public static byte[] RaggedEcho(int texts, int numbers, int seed) =>
    [
        .. BitConverter.GetBytes(texts), .. Enumerable.Range(0, texts).SelectMany(i => Text($"{seed}.{i}")),
        .. BitConverter.GetBytes(numbers), .. Of([.. Enumerable.Range(0, 2 * numbers).Select(i => (seed * 1000f) + i)]),
    ];

    /// <summary>A row of a model with memory.</summary>
    public static byte[] Step(string sequence, byte[] row, bool start = false, bool end = false)
    {
        var id = Encoding.UTF8.GetBytes(sequence);
        return [(byte)((start ? 1 : 0) | (end ? 2 : 0)), .. BitConverter.GetBytes(id.Length), .. id, .. row];
    }

    /// <summary>Row i of the affine model's inputs, and its answer.</summary>
    public static (float[] Inputs, float[] Outputs) Affine(int i)
    {
        var x = new float[] { i, (i % 7) - 3, 0.5f * i };
        return (x, [x[0] + (2 * x[1]), x[2] - x[0] + 1]);
    }

    public static byte[] AffineInputs(int from, int rows) => Of([.. Enumerable.Range(from, rows).SelectMany(i => Affine(i).Inputs)]);

    public static float[] AffineOutputs(int from, int rows) => [.. Enumerable.Range(from, rows).SelectMany(i => Affine(i).Outputs)];
}
