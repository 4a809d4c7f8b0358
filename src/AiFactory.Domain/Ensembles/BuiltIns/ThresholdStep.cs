using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles.BuiltIns;

/// <summary><c>threshold</c>: y = x &gt;= at, element by element; NaN is below. FP32 in, BOOL out.</summary>
public sealed class ThresholdStep(float at) : BuiltInStep
{
    public override IReadOnlyList<string> Inputs { get; } = ["x"];

    public float At => at;

    public override Ruling<TensorSpec[]> Infer(IReadOnlyList<TensorSpec> inputs) =>
        inputs[0].DataType == TensorDataType.Fp32 ? new TensorSpec[] { new("y", TensorDataType.Bool, inputs[0].RowShape) } : Unfit("x", "FP32", inputs[0]);

    internal static ThresholdStep Read(StepParameters parameters) => new((float)parameters.Number("at", 0.5, float.MinValue, float.MaxValue));
}
