using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles.BuiltIns;

/// <summary><c>softmax</c> over the last axis: exp(x - max) / sum. FP32.</summary>
public sealed class SoftmaxStep : BuiltInStep
{
    public override IReadOnlyList<string> Inputs { get; } = ["x"];

    public override Ruling<TensorSpec[]> Infer(IReadOnlyList<TensorSpec> inputs) => LastAxis.Of(inputs[0]) is not null
        ? new TensorSpec[] { new("y", TensorDataType.Fp32, inputs[0].RowShape) } : Unfit("x", LastAxis.Takes, inputs[0]);

    internal static SoftmaxStep Read(StepParameters parameters) => new();
}

/// <summary><c>argmax</c> over the last axis: index (INT64) and value (FP32) of the greatest, the first of equals.</summary>
public sealed class ArgmaxStep : BuiltInStep
{
    public override IReadOnlyList<string> Inputs { get; } = ["x"];

    public override Ruling<TensorSpec[]> Infer(IReadOnlyList<TensorSpec> inputs) => LastAxis.Of(inputs[0]) is { } shape
        ? new TensorSpec[] { new("index", TensorDataType.Int64, shape), new("value", TensorDataType.Fp32, shape) } : Unfit("x", LastAxis.Takes, inputs[0]);

    internal static ArgmaxStep Read(StepParameters parameters) => new();
}

/// <summary><c>top-k</c> over the last axis: the k greatest, greatest first, equals in order; their indices (INT64) and values (FP32).</summary>
public sealed class TopKStep(int k) : BuiltInStep
{
    public override IReadOnlyList<string> Inputs { get; } = ["x"];

    public int K => k;

    public override Ruling<TensorSpec[]> Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var x = inputs[0];
        return LastAxis.Of(x) is { } shape && x.RowShape[^1] >= k
            ? new TensorSpec[] { new("indices", TensorDataType.Int64, [.. shape, k]), new("values", TensorDataType.Fp32, [.. shape, k]) }
            : Unfit("x", $"{LastAxis.Takes} of fixed length, at least {k}", x);
    }

    internal static TopKStep Read(StepParameters parameters) => new(parameters.Integer("k", null, 1, 1 << 20));
}

/// <summary>Tensors reduced along their last axis.</summary>
internal static class LastAxis
{
    public const string Takes = "FP32 with a last axis";

    /// <summary>The shape without its last axis; null when it cannot be reduced.</summary>
    public static int[]? Of(TensorSpec tensor) =>
        tensor is { DataType: TensorDataType.Fp32, RowShape.Count: > 0 } ? [.. tensor.RowShape.Take(tensor.RowShape.Count - 1)] : null;
}
