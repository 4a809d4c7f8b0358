using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles.BuiltIns;

/// <summary><c>normalise</c>: y = (x - mean) * scale, with one mean and scale for all or one for each index of an axis. FP32 or UINT8 in, FP32 out.</summary>
/// <param name="axis">Axis of a row that the means and scales run along; default 0, the channels of an image.</param>
public sealed class NormaliseStep(float[] mean, float[] scale, int axis) : BuiltInStep
{
    public override IReadOnlyList<string> Inputs { get; } = ["x"];

    public IReadOnlyList<float> Mean => mean;

    public IReadOnlyList<float> Scale => scale;

    public int Axis => axis;

    public override Ruling<TensorSpec[]> Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var x = inputs[0];
        if (x.DataType is not (TensorDataType.Fp32 or TensorDataType.UInt8))
            return Unfit("x", "FP32 or UINT8", x);
        var channels = Math.Max(mean.Length, scale.Length);
        return channels == 1 || (axis < x.RowShape.Count && x.RowShape[axis] == channels)
            ? new TensorSpec[] { new("y", TensorDataType.Fp32, x.RowShape) }
            : Unfit("x", $"{channels} along axis {axis}, as there are means and scales", x);
    }

    internal static NormaliseStep Read(StepParameters parameters)
    {
        var (mean, scale, axis) = (parameters.Numbers("mean", 0), parameters.Numbers("scale", 1), parameters.Integer("axis", 0, 0, 7));
        if (mean.Length != scale.Length && mean.Length != 1 && scale.Length != 1)
            parameters.Refuse("scale", $"has {scale.Length} numbers, and 'mean' has {mean.Length}", "Write as many of both, or one.");
        return new(mean, scale, axis);
    }
}
