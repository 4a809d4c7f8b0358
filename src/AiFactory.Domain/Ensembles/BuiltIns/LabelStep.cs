using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles.BuiltIns;

/// <summary><c>label</c>: the text that stands at each index. INT64 in, BYTES out; an index out of range gives an empty text.</summary>
public sealed class LabelStep(string[] labels) : BuiltInStep
{
    public override IReadOnlyList<string> Inputs { get; } = ["index"];

    public IReadOnlyList<string> Labels => labels;

    public override Ruling<TensorSpec[]> Infer(IReadOnlyList<TensorSpec> inputs) =>
        inputs[0].DataType == TensorDataType.Int64 ? new TensorSpec[] { new("text", TensorDataType.Bytes, inputs[0].RowShape) } : Unfit("index", "INT64", inputs[0]);

    internal static LabelStep Read(StepParameters parameters) => new(parameters.Texts("labels"));
}
