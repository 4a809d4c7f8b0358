using AiFactory.Domain.Ensembles.BuiltIns;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles;

/// <summary>
/// Checks a definition against what its members take and give - every input bound once, no circle, types and shapes that fit, outputs that exist - and
/// orders its steps.
/// </summary>
public static class EnsemblePlanner
{
    /// <param name="members">Signature of each step that is a model, by the step's name.</param>
    public static Ruling<EnsemblePlan> Plan(EnsembleSpec spec, IReadOnlyDictionary<string, ModelSignature> members)
    {
        if (EnsembleRules.CheckForm(spec) is { } bad)
            return bad;
        if (CheckMakers(spec) is { } twice)
            return twice;
        var order = Order(spec);
        if (!order.Granted)
            return order.Refusal;

        var tensors = spec.Inputs.ToDictionary(input => input.Name, input => new EnsembleTensor(input.Name, input), StringComparer.Ordinal);
        var steps = new List<PlannedStep>();
        foreach (var step in order.Value)
        {
            var planned = step.Model is null ? PlanBuiltIn(step, tensors) : PlanModel(step, members[step.Name], tensors);
            if (!planned.Granted)
                return planned.Refusal;
            steps.Add(planned.Value);
            foreach (var made in planned.Value.Outputs.OfType<EnsembleTensor>())
            {
                tensors[made.Name] = made;
            }
        }

        if (CheckUse(spec) is { } unused)
            return unused;
        var outputs = Outputs(spec, tensors);
        return outputs.Granted
            ? new EnsemblePlan(new ModelSignature(spec.Inputs, outputs.Value), [.. spec.Inputs.Select(input => tensors[input.Name])], steps,
                [.. spec.Outputs.Select(name => tensors[name])])
            : outputs.Refusal;
    }

    // Every tensor has one maker.
    private static Refusal? CheckMakers(EnsembleSpec spec)
    {
        var makers = spec.Inputs.Select(input => input.Name).Concat(spec.Steps.SelectMany(step => step.Outputs.Values));
        return makers.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? EnsembleRules.Invalid(twice.Key, $"Tensor '{twice.Key}' is made twice.", "Give every input and every step's output a name of its own.")
            : null;
    }

    // As declared, but for steps that need what later ones make (Kahn 1962).
    private static Ruling<EnsembleStep[]> Order(EnsembleSpec spec)
    {
        var made = spec.Inputs.Select(input => input.Name).ToHashSet(StringComparer.Ordinal);
        var known = spec.Steps.SelectMany(step => step.Outputs.Values).Concat(made).ToHashSet(StringComparer.Ordinal);
        foreach (var step in spec.Steps)
        {
            if (step.Inputs.Values.FirstOrDefault(name => !known.Contains(name)) is { } missing)
                return EnsembleRules.Invalid(step.Name, $"Step {step.Name} takes tensor '{missing}', which nothing makes.", $"There are: {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
        }

        var left = spec.Steps.ToList();
        var order = new List<EnsembleStep>();
        while (left.Count > 0)
        {
            if (left.FirstOrDefault(step => step.Inputs.Values.All(made.Contains)) is not { } next)
            {
                var circle = string.Join(", ", left.Select(step => step.Name));
                return EnsembleRules.Invalid(left[0].Name, $"The steps wait for each other in a circle: {circle}.", "Let no step use, even through others, what it makes itself.");
            }

            left.Remove(next);
            order.Add(next);
            made.UnionWith(next.Outputs.Values);
        }

        return order.ToArray();
    }

    private static Ruling<PlannedStep> PlanModel(EnsembleStep step, ModelSignature signature, Dictionary<string, EnsembleTensor> tensors)
    {
        var bound = Bind(step, [.. signature.Inputs.Select(input => input.Name)], tensors);
        if (!bound.Granted)
            return bound.Refusal;
        var alone = RunsAlone(signature, bound.Value);
        TensorSpec[] inputs = [.. alone ? signature.Inputs.Select(WithoutFirstAxis) : signature.Inputs];
        for (var i = 0; i < bound.Value.Length; i++)
        {
            if (!Fits(bound.Value[i].Row, inputs[i]))
            {
                return EnsembleRules.Invalid(step.Name, $"Input '{inputs[i].Name}' of {step.Model} takes {Text(inputs[i])}, and tensor '{bound.Value[i].Name}' is {Text(bound.Value[i].Row)}.",
                    "Convert it in a step between, e.g. normalise, resize or pad.");
            }
        }

        return Make(step, null, bound.Value, [.. alone ? signature.Outputs.Select(WithoutFirstAxis) : signature.Outputs], bound.Value[0].Fan);
    }

    // A model whose first axes are free, but not surely the same one, runs row after row; a step gives it each row as a batch of one.
    private static bool RunsAlone(ModelSignature signature, EnsembleTensor[] given) =>
        !signature.Batched
        && signature.Inputs.Concat(signature.Outputs).All(tensor => tensor.RowShape is [-1 or 1, ..])
        && signature.Inputs.Zip(given).All(pair => pair.First.RowShape.Count == pair.Second.Row.RowShape.Count + 1);

    private static TensorSpec WithoutFirstAxis(TensorSpec tensor) => new(tensor.Name, tensor.DataType, [.. tensor.RowShape.Skip(1)]);

    private static Ruling<PlannedStep> PlanBuiltIn(EnsembleStep step, Dictionary<string, EnsembleTensor> tensors)
    {
        var found = BuiltInCatalog.Create(step);
        if (!found.Granted)
            return found.Refusal;
        var builtIn = found.Value;
        var bound = Bind(step, builtIn.Inputs, tensors);
        if (!bound.Granted)
            return bound.Refusal;
        if (builtIn.FansOut && bound.Value[0].Fan is not null)
            return EnsembleRules.Invalid(step.Name, $"Step {step.Name} makes many rows of each, and its rows are already many to a request's row.", "Use one such step only on a path.");
        var specs = builtIn.Infer([.. bound.Value.Select(tensor => tensor.Row)]);
        return specs.Granted
            ? Make(step, builtIn, bound.Value, specs.Value, builtIn.FansOut ? step.Name : bound.Value[0].Fan)
            : specs.Refusal with { Where = step.Name };
    }

    // The tensors for each declared input; all of them must have as many rows.
    private static Ruling<EnsembleTensor[]> Bind(EnsembleStep step, IReadOnlyList<string> declared, Dictionary<string, EnsembleTensor> tensors)
    {
        if (step.Inputs.Keys.FirstOrDefault(name => !declared.Contains(name)) is { } unknown)
            return EnsembleRules.Invalid(step.Name, $"Step {step.Name} has no input '{unknown}'.", $"Its inputs are: {string.Join(", ", declared)}.");
        if (declared.FirstOrDefault(name => !step.Inputs.ContainsKey(name)) is { } missing)
            return EnsembleRules.Invalid(step.Name, $"Input '{missing}' of step {step.Name} is bound to no tensor.", $"Bind each of: {string.Join(", ", declared)}.");
        var bound = declared.Select(name => tensors[step.Inputs[name]]).ToArray();
        return bound.All(tensor => tensor.Fan == bound[0].Fan)
            ? bound
            : EnsembleRules.Invalid(step.Name, $"The inputs of step {step.Name} differ in how many rows they have: {string.Join(", ", bound.Select(tensor => $"{tensor.Name} ({tensor.Fan ?? "one a request row"})"))}.",
                "Take all inputs of a step from the same many-row step, or none.");
    }

    private static Ruling<PlannedStep> Make(
        EnsembleStep step, BuiltInStep? builtIn, EnsembleTensor[] inputs, IReadOnlyList<TensorSpec> outputSpecs, string? fan)
    {
        if (step.Outputs.Keys.FirstOrDefault(name => outputSpecs.All(spec => spec.Name != name)) is { } unknown)
            return EnsembleRules.Invalid(step.Name, $"Step {step.Name} has no output '{unknown}'.", $"Its outputs are: {string.Join(", ", outputSpecs.Select(spec => spec.Name))}.");
        var outputs = outputSpecs.Select(spec => step.Outputs.TryGetValue(spec.Name, out var name) ? new EnsembleTensor(name, spec with { Name = name }, fan) : null).ToArray();
        return new PlannedStep(step, builtIn, inputs, outputs, outputSpecs);
    }

    private static Refusal? CheckUse(EnsembleSpec spec)
    {
        var used = spec.Steps.SelectMany(step => step.Inputs.Values).Concat(spec.Outputs).ToHashSet(StringComparer.Ordinal);
        if (spec.Inputs.FirstOrDefault(input => !used.Contains(input.Name)) is { } idle)
            return EnsembleRules.Invalid(idle.Name, $"No step takes input '{idle.Name}'.", "Bind it to a step, or leave it out.");
        return spec.Steps.FirstOrDefault(step => !step.Outputs.Values.Any(used.Contains)) is { } vain
            ? EnsembleRules.Invalid(vain.Name, $"Nothing uses what step {vain.Name} makes.", "Bind one of its outputs, or leave it out.")
            : null;
    }

    private static Ruling<TensorSpec[]> Outputs(EnsembleSpec spec, Dictionary<string, EnsembleTensor> tensors)
    {
        var outputs = new List<TensorSpec>();
        foreach (var name in spec.Outputs)
        {
            if (!tensors.TryGetValue(name, out var tensor))
                return EnsembleRules.Invalid(name, $"Output '{name}' is made by no step.", $"There are: {string.Join(", ", tensors.Keys.Order(StringComparer.Ordinal))}.");
            if (outputs.Any(output => output.Name == name))
                return EnsembleRules.Invalid(name, $"Output '{name}' is named twice.", "Name each output once.");
            if (tensor.Fan is not null && tensor.Row.RowShape.Contains(-1))
                return EnsembleRules.Invalid(name, $"Output '{name}' has many rows of different shapes, which make no tensor.", "Leave it out, or resize its rows alike.");
            outputs.Add(tensor.Fan is null ? tensor.Row : new(name, tensor.Row.DataType, [-1, .. tensor.Row.RowShape]));
        }

        return outputs.ToArray();
    }

    private static bool Fits(TensorSpec given, TensorSpec taken) =>
        given.DataType == taken.DataType && given.RowShape.Count == taken.RowShape.Count
        && given.RowShape.Zip(taken.RowShape).All(pair => pair.Second == -1 || pair.First == pair.Second);

    private static string Text(TensorSpec tensor) => $"{tensor.DataType}[{string.Join(',', tensor.RowShape)}]";
}
