using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles.BuiltIns;

/// <summary>The built-in steps by name.</summary>
public static class BuiltInCatalog
{
    private static readonly Dictionary<string, Func<StepParameters, BuiltInStep>> Makers = new(StringComparer.Ordinal)
    {
        ["argmax"] = ArgmaxStep.Read,
        ["crop-boxes"] = CropBoxesStep.Read,
        ["ctc-decode"] = CtcDecodeStep.Read,
        ["label"] = LabelStep.Read,
        ["normalise"] = NormaliseStep.Read,
        ["pad"] = PadStep.Read,
        ["resize"] = ResizeStep.Read,
        ["softmax"] = SoftmaxStep.Read,
        ["threshold"] = ThresholdStep.Read,
        ["tokenise"] = TokeniseStep.Read,
        ["top-k"] = TopKStep.Read,
    };

    /// <summary>In alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Makers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The built-in that a step names, with its parameters.</summary>
    public static Ruling<BuiltInStep> Create(EnsembleStep step)
    {
        if (!Makers.TryGetValue(step.BuiltIn ?? "", out var make))
            return EnsembleRules.Invalid(step.Name, $"There is no built-in step '{step.BuiltIn}'.", $"There are: {string.Join(", ", Names)}.");
        var parameters = new StepParameters(step);
        var made = make(parameters);
        return parameters.Fault is { } fault ? fault : made;
    }
}
