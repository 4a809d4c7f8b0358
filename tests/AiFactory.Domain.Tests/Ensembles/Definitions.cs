using System.Text.Json;
using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Models;

namespace AiFactory.Domain.Tests.Ensembles;

/// <summary>Definitions to alter.</summary>
internal static class Definitions
{
    public static readonly ModelSignature Classifier = new([new("x", TensorDataType.Fp32, [4])], [new("logits", TensorDataType.Fp32, [3])]);

    /// <summary>x -> normalise -> classifier -> softmax -> argmax.</summary>
    public static EnsembleSpec Chain { get; } = new(
        [new("raw", TensorDataType.Fp32, [4])],
        [
            BuiltIn("scale", "normalise", ("x", "raw"), ("y", "scaled"), ("mean", 2), ("scale", 0.5)),
            Model("classify", "flowers@1", ("x", "scaled"), ("logits", "logits")),
            BuiltIn("soften", "softmax", ("x", "logits"), ("y", "probabilities")),
            BuiltIn("choose", "argmax", ("x", "probabilities"), ("index", "class")),
        ],
        ["class", "probabilities"]);

    public static EnsembleStep BuiltIn(string name, string builtIn, (string, string) input, (string, string) output, params (string Name, object Value)[] parameters) => new(
        name, Map(input), Map(output), BuiltIn: builtIn, Parameters: parameters.ToDictionary(pair => pair.Name, pair => JsonSerializer.SerializeToElement(pair.Value)));

    public static EnsembleStep Model(string name, string model, (string, string) input, (string, string) output) => new(name, Map(input), Map(output), Model: model);

    public static EnsembleSpec With(this EnsembleSpec spec, string step, Func<EnsembleStep, EnsembleStep> change) =>
        spec with { Steps = [.. spec.Steps.Select(kept => kept.Name == step ? change(kept) : kept)] };

    public static ModelVersion Version(string model, int version, ModelSignature signature, bool passed = true, string kind = "onnx") => new(
        model, version, new string((char)('a' + version), 64), 10, signature, null, new ModelOrigin(null, null, null, "1"), kind, new Dictionary<string, string>(), null,
        new GateReport(passed, ["The finding."]), DateTimeOffset.UnixEpoch);

    public static Dictionary<string, string> Map(params (string Key, string Value)[] pairs) => pairs.ToDictionary(pair => pair.Key, pair => pair.Value);
}
