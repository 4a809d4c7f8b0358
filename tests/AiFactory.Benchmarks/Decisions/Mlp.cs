using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace AiFactory.Benchmarks.Decisions;

/// <summary>
/// A dense network with ReLU between and softmax at the end, random but the same every time, written in every form that a competitor reads:
/// <c>mlp.onnx</c>, <c>mlp.npz</c>, one request as <c>body.json</c> and as <c>body-v2.json</c> (Open Inference Protocol), and its answer in <c>expect.json</c>.
/// </summary>
internal sealed class Mlp
{
    private readonly int[] _widths;
    private readonly float[][] _weights;
    private readonly float[][] _biases;
    private readonly float[] _input;

    private Mlp(int[] widths)
    {
        var random = new Random(7);
        _widths = widths;
        _weights = [.. Layers.Select(layer => Normal(random, widths[layer] * widths[layer + 1], Math.Sqrt(2.0 / widths[layer])))];
        _biases = [.. Layers.Select(layer => Normal(random, widths[layer + 1], 0.01))];
        _input = Inputs(random, widths[0]);
    }

    private IEnumerable<int> Layers => Enumerable.Range(0, _widths.Length - 1);

    /// <param name="dimensions">Widths joined by dashes, e.g. <c>64-256-256-10</c>.</param>
    public static Mlp Parse(string dimensions) =>
        new([.. dimensions.Split('-').Select(width => int.Parse(width, CultureInfo.InvariantCulture))]);

    /// <param name="forPeers">Also as <c>mlp.npz</c>.</param>
    public void WriteTo(string folder, bool forPeers = false)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "mlp.onnx"), Onnx());
        if (forPeers)
        {
            WriteNpz(Path.Combine(folder, "mlp.npz"));
        }

        Write("body.json", new { input = _input });
        Write("body-v2.json", Request(_input));
        Write("expect.json", Answer());

        void Write(string name, object content) => File.WriteAllBytes(Path.Combine(folder, name), JsonSerializer.SerializeToUtf8Bytes(content));
    }

    /// <summary>Writes requests in the Open Inference Protocol, one a line and each another: the first is the one whose answer is known.</summary>
    public void WriteRequests(string file, int count)
    {
        var random = new Random(11);
        File.WriteAllLines(file, Enumerable.Range(0, count).Select(number => JsonSerializer.Serialize(Request(number == 0 ? _input : Inputs(random, _widths[0])))));
    }

    /// <summary>The answer to the request, computed in double precision without any library.</summary>
    public double[] Answer()
    {
        var values = Array.ConvertAll(_input, value => (double)value);
        foreach (var layer in Layers)
        {
            var (from, to, last) = (_widths[layer], _widths[layer + 1], layer == _widths.Length - 2);
            var next = new double[to];
            for (var j = 0; j < to; j++)
            {
                var sum = (double)_biases[layer][j];
                for (var i = 0; i < from; i++)
                {
                    sum += values[i] * _weights[layer][(i * to) + j];
                }

                next[j] = last ? sum : Math.Max(sum, 0);
            }

            values = next;
        }

        var exponentials = Array.ConvertAll(values, value => Math.Exp(value - values.Max()));
        return Array.ConvertAll(exponentials, value => value / exponentials.Sum());
    }

    private byte[] Onnx()
    {
        var graph = new OnnxWriter();
        var name = "input";
        foreach (var layer in Layers)
        {
            var last = layer == _widths.Length - 2;
            graph.Message(1, OnnxWriter.Node("Gemm", [name, $"w{layer}", $"b{layer}"], $"z{layer}"));
            name = last ? "output" : $"h{layer}";
            graph.Message(1, OnnxWriter.Node(last ? "Softmax" : "Relu", [$"z{layer}"], name));
        }

        graph.Text(2, "mlp");
        foreach (var layer in Layers)
        {
            graph.Message(5, OnnxWriter.Tensor($"w{layer}", [_widths[layer], _widths[layer + 1]], _weights[layer]));
            graph.Message(5, OnnxWriter.Tensor($"b{layer}", [_widths[layer + 1]], _biases[layer]));
        }

        graph.Message(11, OnnxWriter.Value("input", _widths[0])).Message(12, OnnxWriter.Value("output", _widths[^1]));
        return new OnnxWriter().Int(1, 7).Message(7, graph).Message(8, new OnnxWriter().Text(1, "").Int(2, 13)).ToArray();
    }

    // A zip of .npy files: magic, header padded to 64 bytes, little-endian floats in C order.
    private void WriteNpz(string path)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Update);
        foreach (var layer in Layers)
        {
            Add($"w{layer}.npy", $"({_widths[layer]}, {_widths[layer + 1]})", _weights[layer]);
            Add($"b{layer}.npy", $"({_widths[layer + 1]},)", _biases[layer]);
        }

        void Add(string name, string shape, float[] values)
        {
            const int prefixBytes = 10;
            var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}";
            var padded = header.PadRight((((header.Length + prefixBytes + 1 + 63) / 64) * 64) - prefixBytes - 1) + "\n";
            zip.GetEntry(name)?.Delete();
            using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
            stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)padded.Length, (byte)(padded.Length >> 8)]);
            stream.Write(Encoding.ASCII.GetBytes(padded));
            stream.Write(MemoryMarshal.AsBytes<float>(values));
        }
    }

    private static object Request(float[] input) => new { inputs = new[] { new { name = "input", shape = new[] { 1, input.Length }, datatype = "FP32", data = input } } };

    private static float[] Inputs(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => MathF.Round((float)((2 * random.NextDouble()) - 1), 6))];

    // Box-Muller.
    private static float[] Normal(Random random, int count, double scale)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = (float)(scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }
}
