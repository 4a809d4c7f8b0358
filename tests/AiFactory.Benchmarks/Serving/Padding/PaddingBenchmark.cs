using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Inference.Padding;
using AiFactory.Engines.Onnx;

namespace AiFactory.Benchmarks.Serving.Padding;

/// <summary>
/// Rows of lengths from 1 to 128 in batches, padded to run together, against the same rows run with those of their own length only; one thread, one
/// process, paired rounds, by processor time. The answers are compared.
/// </summary>
internal static class PaddingBenchmark
{
    public const string Usage = "serving padding [ROUNDS]   (7 rounds of 1 s a side, batches of 8 and 32, widths 32 and 128)";

    private const int LengthMax = 128;
    private const int Batches = 64;
    private const float Tolerance = 1e-4f;

    public static int Run(string[] arguments)
    {
        var rounds = int.Parse(arguments.ElementAtOrDefault(0) ?? "7", CultureInfo.InvariantCulture);
        foreach (var width in new[] { 32, 128 })
        {
            var file = Path.GetTempFileName();
            try
            {
                File.WriteAllBytes(file, MaskedEncoder.Onnx(width));
                foreach (var rows in new[] { 8, 32 })
                {
                    if (!Compare(file, width, rows, rounds))
                    {
                        return 1;
                    }
                }
            }
            finally
            {
                File.Delete(file);
            }
        }

        return 0;
    }

    private static bool Compare(string file, int width, int rows, int rounds)
    {
        using var plain = new OnnxEngine().Load(file);
        using var padded = new PaddedModel(new OnnxEngine().Load(file), new("length"));
        var random = new Random(rows);
        var batches = Enumerable.Range(0, Batches).Select(_ => Enumerable.Range(0, rows).Select(_ => Row(random, width)).ToArray()).ToArray();
        if (!Same(plain, padded, batches[0]))
        {
            Console.Error.WriteLine("Padded and plain answers differ.");
            return false;
        }

        var pairs = new List<(double Plain, double Padded)>();
        for (var round = 0; round < rounds; round++)
        {
            // Whoever goes first changes from round to round.
            var first = RowsPerCpuSecond(round % 2 == 0 ? plain : padded, batches, rows);
            var second = RowsPerCpuSecond(round % 2 == 0 ? padded : plain, batches, rows);
            pairs.Add(round % 2 == 0 ? (first, second) : (second, first));
        }

        var ratios = pairs.Select(pair => pair.Padded / pair.Plain).ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"width {width,3}, batches of {rows,2}: by equal length {Medians.Of(pairs.Select(pair => pair.Plain)),7:F0} rows a CPU second | padded {Medians.Of(pairs.Select(pair => pair.Padded)),7:F0} rows a CPU second | ratio {Medians.Of(ratios):F2} ({ratios.Min():F2} to {ratios.Max():F2})"));
        return true;
    }

    private static double RowsPerCpuSecond(IInferenceModel model, ReadOnlyMemory<byte>[][] batches, int rows)
    {
        var outputs = new ArrayBufferWriter<byte>();
        var done = 0;
        var before = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        for (var batch = 0; watch.Elapsed.TotalSeconds < 1; batch++, done += rows)
        {
            outputs.ResetWrittenCount();
            model.Run(batches[batch % batches.Length], rows, outputs);
        }

        return done / (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    private static bool Same(IInferenceModel plain, PaddedModel padded, ReadOnlyMemory<byte>[] batch)
    {
        ArrayBufferWriter<byte> one = new(), other = new();
        plain.Run(batch, batch.Length, one);
        padded.Run(batch, batch.Length, other);
        var (left, right) = (MemoryMarshal.Cast<byte, float>(one.WrittenSpan).ToArray(), MemoryMarshal.Cast<byte, float>(other.WrittenSpan).ToArray());
        return left.Length == right.Length && left.Zip(right).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance);
    }

    private static ReadOnlyMemory<byte> Row(Random random, int width)
    {
        var length = random.Next(1, LengthMax + 1);
        var elements = Enumerable.Range(0, length * width).Select(_ => (float)random.NextDouble()).ToArray();
        return (byte[])[.. BitConverter.GetBytes(length), .. MemoryMarshal.AsBytes(elements.AsSpan()), .. BitConverter.GetBytes(length), .. MemoryMarshal.AsBytes(Enumerable.Repeat(1f, length).ToArray().AsSpan())];
    }
}
