using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles;

/// <summary>Which definitions are ensembles, and of which model versions they are made.</summary>
public static class EnsembleRules
{
    /// <summary>Kind of the model versions that are ensembles.</summary>
    public const string Kind = "ensemble";

    /// <summary>Most steps of one ensemble.</summary>
    public const int StepsMax = 64;

    internal const int TensorsMax = 64;

    /// <summary>The model versions that the steps name, each once, in step order.</summary>
    /// <returns>Version 0 stands for the newest.</returns>
    public static Ruling<ModelVersionKey[]> Members(string tenant, EnsembleSpec spec)
    {
        if (CheckForm(spec) is { } bad)
            return bad;
        var members = new List<ModelVersionKey>();
        foreach (var step in spec.Steps.Where(step => step.Model is not null))
        {
            var parsed = Parse(tenant, step.Model!);
            if (!parsed.Granted)
                return parsed.Refusal;
            if (!members.Contains(parsed.Value))
                members.Add(parsed.Value);
        }

        return members.ToArray();
    }

    /// <summary>The definition with every member's version and digest fixed. All members must have passed their gates.</summary>
    /// <param name="members">As <see cref="Members"/> named them, in that order.</param>
    public static Ruling<EnsembleSpec> Pin(string tenant, EnsembleSpec spec, IReadOnlyList<ModelVersion> members)
    {
        var keys = Members(tenant, spec);
        if (!keys.Granted)
            return keys.Refusal;
        foreach (var member in members)
        {
            if (!member.QualityGate.Passed)
            {
                return new Refusal("ensemble-member-gated", RefusalKind.Conflict,
                    $"{Text(member)} did not pass the quality gate: {string.Join(' ', member.QualityGate.Findings)}", Text(member), "Compose versions that passed, or train a better one.");
            }

            if (member.Kind == Kind)
                return Invalid(Text(member), $"{Text(member)} is itself an ensemble.", "Write its steps out in this one.");
            if (member.Signature.Sequence is { Count: > 0 })
                return Invalid(Text(member), $"{Text(member)} carries state from request to request, which a step cannot.", "Deploy it on an endpoint of its own.");
        }

        return spec with { Steps = [.. spec.Steps.Select(Pinned)] };

        EnsembleStep Pinned(EnsembleStep step)
        {
            if (step.Model is null)
                return step;
            var member = members[Array.IndexOf(keys.Value, Parse(tenant, step.Model).Value)];
            return step with { Model = Text(member), Sha256 = member.ArtifactSha256 };
        }
    }

    /// <summary>What the gate says of a pinned ensemble: its members were judged when they were registered, and none that failed is in it.</summary>
    public static GateReport Judge(EnsembleSpec ensemble) => new(true,
        [ensemble.Members().Any() ? $"An ensemble: its members passed their own gates ({string.Join(", ", ensemble.Members())})." : "An ensemble of built-in steps: there is no model to judge."]);

    internal static Refusal Invalid(string? where, string what, string mend) => new("ensemble-invalid", RefusalKind.Unprocessable, what, where, mend);

    internal static Refusal? CheckForm(EnsembleSpec spec)
    {
        if (spec.Inputs is not { Count: > 0 and <= TensorsMax } || spec.Outputs is not { Count: > 0 and <= TensorsMax } || spec.Steps is not { Count: > 0 and <= StepsMax })
        {
            return Invalid(null, $"An ensemble has 1 to {TensorsMax} inputs, 1 to {StepsMax} steps and 1 to {TensorsMax} outputs, and this one {spec.Inputs?.Count ?? 0}, "
                + $"{spec.Steps?.Count ?? 0} and {spec.Outputs?.Count ?? 0}.", "Write inputs, steps and outputs.");
        }

        foreach (var input in spec.Inputs)
        {
            if (string.IsNullOrEmpty(input?.Name) || input.RowShape is null || input.RowShape.Any(dimension => dimension is < -1 or 0))
                return Invalid(input?.Name, "An input has no name, or a shape with a dimension that is neither above 0 nor -1.", "Write name, dataType and rowShape, e.g. [3, 224, 224].");
        }

        foreach (var step in spec.Steps)
        {
            if (string.IsNullOrEmpty(step?.Name) || step.Inputs is not { Count: > 0 } || step.Outputs is not { Count: > 0 })
                return Invalid(step?.Name, "A step has no name, no inputs or no outputs.", "Write for each step its name, inputs and outputs.");
            if (step.Inputs.Values.Concat(step.Outputs.Values).Any(string.IsNullOrEmpty))
                return Invalid(step.Name, $"An input or output of step {step.Name} names no tensor.", "Write a tensor's name beside each.");
            if (step.Model is null == step.BuiltIn is null)
                return Invalid(step.Name, $"Step {step.Name} must be either a model or a built-in.", "Write one of model and builtIn.");
            if (step.Model is not null && step.Parameters is { Count: > 0 })
                return Invalid(step.Name, $"Step {step.Name} is a model, which has no parameters.", "Leave the parameters out.");
        }

        if (spec.Outputs.Any(string.IsNullOrEmpty))
            return Invalid(null, "An output has no name.", "Write the names of tensors as outputs.");
        return spec.Steps.GroupBy(step => step.Name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? Invalid(twice.Key, $"Two steps are called {twice.Key}.", "Give each step a name of its own.")
            : null;
    }

    private static Ruling<ModelVersionKey> Parse(string tenant, string text) =>
        text.Contains('@', StringComparison.Ordinal) ? ModelVersionKey.Parse(tenant, text) : new ModelVersionKey(tenant, text, 0);

    private static string Text(ModelVersion version) => $"{version.Model}@{version.Version}";
}
