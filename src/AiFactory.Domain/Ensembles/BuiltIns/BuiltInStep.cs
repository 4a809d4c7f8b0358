using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles.BuiltIns;

/// <summary>A small step that is no model: its checked parameters, and what it makes of its inputs' types and shapes.</summary>
public abstract class BuiltInStep
{
    /// <summary>Names of what it takes.</summary>
    public abstract IReadOnlyList<string> Inputs { get; }

    /// <summary>Whether it makes any number of rows out of one.</summary>
    public virtual bool FansOut => false;

    /// <summary>Its outputs for such inputs, in the order of <see cref="Inputs"/>; or why it cannot take them.</summary>
    public abstract Ruling<TensorSpec[]> Infer(IReadOnlyList<TensorSpec> inputs);

    /// <summary>The refusal of an input that is of the wrong type or shape.</summary>
    protected static Refusal Unfit(string input, string takes, TensorSpec got) => EnsembleRules.Invalid(null,
        $"Input '{input}' takes {takes}, and tensor '{got.Name}' is {got.DataType}[{string.Join(',', got.RowShape)}].", "Convert it in a step before.");
}
