using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles.BuiltIns;

/// <summary>
/// <c>ctc-decode</c>: the most likely class of each time step, repetitions merged and blanks left out (best path decoding, Graves et al. 2006). Probabilities
/// (FP32: time, classes) in; <c>text</c> (BYTES) and <c>score</c> (FP32: mean probability of the characters kept, 0 where there is none) out.
/// </summary>
/// <param name="characters">Of classes 1 and up; class 0 is the blank.</param>
public sealed class CtcDecodeStep(string[] characters) : BuiltInStep
{
    public override IReadOnlyList<string> Inputs { get; } = ["probabilities"];

    public IReadOnlyList<string> Characters => characters;

    public override Ruling<TensorSpec[]> Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var x = inputs[0];
        return x is { DataType: TensorDataType.Fp32, RowShape.Count: 2 } && (x.RowShape[1] == -1 || x.RowShape[1] == characters.Length + 1)
            ? new TensorSpec[] { new("text", TensorDataType.Bytes, []), new("score", TensorDataType.Fp32, []) }
            : Unfit("probabilities", $"FP32 of time and {characters.Length + 1} classes, the blank and {characters.Length} characters", x);
    }

    internal static CtcDecodeStep Read(StepParameters parameters) => new(parameters.Texts("characters"));
}
