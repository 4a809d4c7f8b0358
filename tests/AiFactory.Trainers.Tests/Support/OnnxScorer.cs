using AiFactory.Engines.Training;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AiFactory.Trainers.Tests.Support;

/// <summary>Scores rows of a table with an exported graph on ONNX Runtime, as serving does.</summary>
internal static class OnnxScorer
{
    public static float[] Score(byte[] onnx, TrainingTable table, int[] rows)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(onnx, options);
        int[] shape = [rows.Length, 1];
        var inputs = table.Features.Select(column => column is NumericColumn numeric
            ? NamedOnnxValue.CreateFromTensor(column.Name, new DenseTensor<float>(Array.ConvertAll(rows, row => numeric.Values[row]), shape))
            : NamedOnnxValue.CreateFromTensor(column.Name, new DenseTensor<string>(Array.ConvertAll(rows, row => ((CategoricalColumn)column).Values[row]), shape)));
        using var outputs = session.Run([.. inputs]);
        var probability = outputs.Single();
        Assert.Equal("probability", probability.Name);
        Assert.Equal([rows.Length, 1], probability.AsTensor<float>().Dimensions.ToArray());
        return [.. probability.AsEnumerable<float>()];
    }
}
