using System.Globalization;
using System.Runtime.InteropServices;
using AiFactory.Domain.Models;
using AiFactory.Engines.Training;
using AiFactory.OnnxExport;
using TorchSharp;

namespace AiFactory.Engines.Torch.Mlp;

/// <summary>Writes the network with its preprocessing as an ONNX graph.</summary>
internal static class MlpOnnx
{
    public static byte[] Export(TableFit fit, MlpLayout layout, torch.Tensor weights, BinaryClasses classes, int seed)
    {
        var (graph, inputs) = TabularInputs.Declare("mlp", fit.Features);
        var values = MemoryMarshal.Cast<byte, float>(weights.bytes).ToArray();
        var parts = new List<string>();
        if (inputs.Numeric() is { } numeric)
        {
            parts.Add(Standardise(graph, numeric, fit.Numeric));
        }

        for (var i = 0; i < fit.Categorical.Count; i++)
        {
            var category = inputs.Category(fit.Categorical[i].Column.Name, fit.Categorical[i].Vocabulary);
            parts.Add(graph.Node("Gather", [Constant(i), category], OnnxAttribute.Of("axis", 0L)));
        }

        var hidden = parts.Count == 1 ? parts[0] : graph.Node("Concat", parts.ToArray(), OnnxAttribute.Of("axis", 1L));
        hidden = graph.Node("Relu", [Linear(hidden, 0)]);
        hidden = graph.Node("Relu", [Linear(hidden, 1)]);
        inputs.Output(graph.Node("Sigmoid", [Linear(hidden, 2)]));
        graph.Metadata("negative_class", classes.Negative);
        graph.Metadata("positive_class", classes.Positive);
        graph.Metadata("seed", seed.ToString(CultureInfo.InvariantCulture));
        return graph.ToBytes();

        string Constant(int slot)
        {
            var place = layout.Slots[slot];
            return graph.Constant(values.AsSpan(place.Offset, place.Length), place.Shape);
        }

        string Linear(string input, int layer)
        {
            var slot = layout.Embeddings + (2 * layer);
            return graph.Node("Gemm", [input, Constant(slot), Constant(slot + 1)], OnnxAttribute.Of("transB", 1L));
        }
    }

    /// <summary>(x - mean) x (1 / scale), and 0 where x is missing.</summary>
    private static string Standardise(OnnxGraph graph, string numeric, IReadOnlyList<NumericFit> columns)
    {
        var means = columns.Select(column => (float)column.Standardiser.Mean).ToArray();
        var reciprocals = columns.Select(column => (float)(1 / column.Standardiser.Scale)).ToArray();
        var centred = graph.Node("Sub", [numeric, graph.Constant(means, means.Length)]);
        var scaled = graph.Node("Mul", [centred, graph.Constant(reciprocals, reciprocals.Length)]);
        return graph.Node("Where", [graph.Node("IsNaN", [numeric]), graph.Constant([0f], 1), scaled]);
    }
}
