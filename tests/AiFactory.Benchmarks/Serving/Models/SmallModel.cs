using System.Globalization;
using System.Text;
using System.Text.Json;
using AiFactory.Benchmarks.Decisions;

namespace AiFactory.Benchmarks.Serving.Models;

/// <summary>One of many small dense networks, each with weights of its own, one request to it and the answer computed without any library.</summary>
internal sealed class SmallModel
{
    private const int Inputs = 32, Hidden = 64, Outputs = 8;
    private const double Tolerance = 1e-4;

    private readonly float[] _first;
    private readonly float[] _second;
    private readonly float[] _input;
    private readonly double[] _answer;

    public SmallModel(int number)
    {
        var random = new Random(number);
        Name = string.Create(CultureInfo.InvariantCulture, $"small-{number:0000}");
        _first = Weights(random, Inputs * Hidden);
        _second = Weights(random, Hidden * Outputs);
        _input = Weights(random, Inputs);
        _answer = Compute();
        Body = JsonSerializer.SerializeToUtf8Bytes(new { inputs = new[] { new { name = "x", shape = new[] { 1, Inputs }, datatype = "FP32", data = _input } } });
    }

    /// <summary>Of model and endpoint.</summary>
    public string Name { get; }

    /// <summary>A request in the Open Inference Protocol's JSON.</summary>
    public byte[] Body { get; }

    public byte[] Onnx()
    {
        var graph = new OnnxWriter()
            .Message(1, OnnxWriter.Node("MatMul", ["x", "w1"], "z"))
            .Message(1, OnnxWriter.Node("Relu", ["z"], "h"))
            .Message(1, OnnxWriter.Node("MatMul", ["h", "w2"], "y"))
            .Text(2, Name)
            .Message(5, OnnxWriter.Tensor("w1", [Inputs, Hidden], _first))
            .Message(5, OnnxWriter.Tensor("w2", [Hidden, Outputs], _second))
            .Message(11, OnnxWriter.Value("x", Inputs))
            .Message(12, OnnxWriter.Value("y", Outputs));
        return new OnnxWriter().Int(1, 7).Message(7, graph).Message(8, new OnnxWriter().Text(1, "").Int(2, 13)).ToArray();
    }

    /// <summary>Whether a body is this model's answer.</summary>
    public bool IsAnswer(ReadOnlySpan<byte> body)
    {
        try
        {
            var data = JsonElement.Parse(Encoding.UTF8.GetString(body)).GetProperty("outputs")[0].GetProperty("data");
            return data.EnumerateArray().Select(value => value.GetDouble()).Zip(_answer).All(pair => Math.Abs(pair.First - pair.Second) < Tolerance)
                && data.GetArrayLength() == Outputs;
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }

    private static float[] Weights(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => MathF.Round((float)(random.NextDouble() - 0.5), 4))];

    private double[] Compute()
    {
        var hidden = Enumerable.Range(0, Hidden).Select(j => Math.Max(0, Enumerable.Range(0, Inputs).Sum(i => (double)_input[i] * _first[(i * Hidden) + j]))).ToArray();
        return [.. Enumerable.Range(0, Outputs).Select(k => Enumerable.Range(0, Hidden).Sum(j => hidden[j] * _second[(j * Outputs) + k]))];
    }
}
