using AiFactory.Benchmarks.Decisions;

namespace AiFactory.Benchmarks.Serving.Padding;

/// <summary>
/// An ONNX file: two dense layers with ReLU over each element of a row, and the mean over the elements that a mask names. Rows have any length.
/// </summary>
internal static class MaskedEncoder
{
    private const int Opset = 11;
    private const int IntAttribute = 2;
    private const int IntsAttribute = 7;

    public static byte[] Onnx(int width)
    {
        var random = new Random(7);
        var graph = new OnnxWriter()
            .Message(1, OnnxWriter.Node("MatMul", ["x", "w0"], "z0")).Message(1, OnnxWriter.Node("Relu", ["z0"], "h0"))
            .Message(1, OnnxWriter.Node("MatMul", ["h0", "w1"], "z1")).Message(1, OnnxWriter.Node("Relu", ["z1"], "h1"))
            .Message(1, Along(OnnxWriter.Node("Unsqueeze", ["mask"], "weights"), 2))
            .Message(1, OnnxWriter.Node("Mul", ["h1", "weights"], "own"))
            .Message(1, Keep(Along(OnnxWriter.Node("ReduceSum", ["own"], "sum"), 1), 0))
            .Message(1, Keep(Along(OnnxWriter.Node("ReduceSum", ["mask"], "count"), 1), 1))
            .Message(1, OnnxWriter.Node("Div", ["sum", "count"], "y"))
            .Text(2, "encoder")
            .Message(5, OnnxWriter.Tensor("w0", [width, width], Weights())).Message(5, OnnxWriter.Tensor("w1", [width, width], Weights()))
            .Message(11, Value("x", "batch", "length", width)).Message(11, Value("mask", "batch", "length")).Message(12, Value("y", "batch", width));
        return new OnnxWriter().Int(1, 7).Message(7, graph).Message(8, new OnnxWriter().Text(1, "").Int(2, Opset)).ToArray();

        float[] Weights() => [.. Enumerable.Range(0, width * width).Select(_ => (float)((random.NextDouble() - 0.5) / Math.Sqrt(width)))];
    }

    private static OnnxWriter Along(OnnxWriter node, int axis) => node.Message(5, new OnnxWriter().Text(1, "axes").Int(8, axis).Int(20, IntsAttribute));

    private static OnnxWriter Keep(OnnxWriter node, int keep) => node.Message(5, new OnnxWriter().Text(1, "keepdims").Int(3, keep).Int(20, IntAttribute));

    private static OnnxWriter Value(string name, params object[] axes)
    {
        var shape = new OnnxWriter();
        foreach (var axis in axes)
        {
            shape.Message(1, axis is string free ? new OnnxWriter().Text(2, free) : new OnnxWriter().Int(1, (int)axis));
        }

        return new OnnxWriter().Text(1, name).Message(2, new OnnxWriter().Message(1, new OnnxWriter().Int(1, 1).Message(2, shape)));
    }
}
