using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Shadows;
using AiFactory.Domain.Tenants;

namespace AiFactory.Domain.Endpoints;

/// <summary>What may be deployed, and what becomes of it.</summary>
public static class EndpointRules
{
    public const int VariantsMax = 16;
    private const double WeightTolerance = 1e-6;

    /// <summary>The spec as this endpoint takes it: every model is the endpoint's own tenant's.</summary>
    public static Ruling<EndpointSpec> Check(EndpointKey key, EndpointSpec spec)
    {
        if (ResourceName.Check("endpoint", key.Endpoint) is { Granted: false, Refusal: var badName })
            return badName;
        if (spec.Variants is not { Count: > 0 and <= VariantsMax })
            return Invalid(key, $"An endpoint has 1 to {VariantsMax} variants, not {spec.Variants?.Count ?? 0}.", "Give one --variant NAME=MODEL@VERSION:WEIGHT for each.");
        foreach (var variant in spec.Variants)
        {
            if (ResourceName.Check("variant", variant.Name) is { Granted: false, Refusal: var badVariant })
                return badVariant;
            if (!(variant.Weight is >= 0 and <= 100))
                return Invalid(key, $"Variant {variant.Name} has weight {variant.Weight}.", "Weights are percentages from 0 to 100.");
        }

        if (spec.Variants.GroupBy(variant => variant.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            return Invalid(key, $"Two variants are called {twice.Key}.", "Give each variant a name of its own.");
        var sum = spec.Variants.Sum(variant => variant.Weight);
        if (Math.Abs(sum - 100) > WeightTolerance)
            return Invalid(key, $"The weights sum to {sum}, not 100.", "Make the variants' weights sum to 100.");

        if (ServingRules.Check(key, spec) is { Granted: false, Refusal: var badTerms })
            return badTerms;
        return ShadowRules.Check(key, spec with { Variants = [.. spec.Variants.Select(variant => variant with { Model = variant.Model with { Tenant = key.Tenant } })] });
    }

    /// <summary>Whether these versions (in variant order) can stand side by side: gate passed, same inputs, same classes.</summary>
    public static Ruling<IReadOnlyList<ModelVersion>> CheckModels(EndpointKey key, EndpointSpec spec, IReadOnlyList<ModelVersion> models)
    {
        for (var i = 0; i < models.Count; i++)
        {
            var (variant, model) = (spec.Variants[i], models[i]);
            if (CheckGate(variant.Name, variant.Model, model) is { } gated)
                return gated;

            if (!SameInputs(models[0].Signature, model.Signature) || !SameLabels(models[0].Classes, model.Classes))
            {
                return new Refusal("variants-differ", RefusalKind.Conflict,
                    $"{variant.Model} takes other inputs or gives other classes than {spec.Variants[0].Model}.", variant.Name,
                    "All variants of an endpoint must take the same inputs and choose between the same classes.");
            }
        }

        return ServingRules.CheckModels(key, spec, models) is { Granted: false, Refusal: var unfit } ? unfit : Ruling.Of(models);
    }

    /// <summary>The endpoint after a deploy: one revision on, with the salt it always had.</summary>
    public static Endpoint Deploy(Endpoint? present, EndpointKey key, EndpointSpec spec, DateTimeOffset now) =>
        new(key.Endpoint, (present?.Revision ?? 0) + 1, present?.Salt ?? key.ToGrainKey(), spec, Deployed: true, now, NextGeneration(present), present?.Suspended);

    /// <summary>The endpoint taken out of service; no change when it already is.</summary>
    public static Ruling<Endpoint> Undeploy(Endpoint? present, EndpointKey key) =>
        Get(present, key) is { Granted: true, Value: var endpoint }
            ? endpoint.Deployed ? endpoint with { Revision = endpoint.Revision + 1, Deployed = false, Generation = NextGeneration(endpoint) } : endpoint
            : NotFound(key);

    /// <summary>The endpoint with its replicas changed: a generation on.</summary>
    public static Endpoint Republish(Endpoint endpoint) => endpoint with { Generation = NextGeneration(endpoint) };

    public static Ruling<Endpoint> Get(Endpoint? present, EndpointKey key) => present is not null ? present : NotFound(key);

    private static long NextGeneration(Endpoint? present) => (present?.Order ?? 0) + 1;

    private static Refusal NotFound(EndpointKey key) => new("endpoint-not-found", RefusalKind.NotFound, $"There is no endpoint {key.Endpoint}.", key.Endpoint,
        "Deploy one with factory endpoint deploy.");

    private static Refusal Invalid(EndpointKey key, string what, string mend) => new("endpoint-invalid", RefusalKind.Unprocessable, what, key.Endpoint, mend);

    internal static Refusal? CheckGate(string name, ModelVersionKey key, ModelVersion model) => model.QualityGate.Passed ? null : new("model-version-gated", RefusalKind.Conflict,
        $"{key} did not pass the quality gate: {string.Join(' ', model.QualityGate.Findings)}", name, "Deploy a version that passed, or train a better one.");

    internal static bool SameInputs(ModelSignature a, ModelSignature b) =>
        a.Inputs.Count == b.Inputs.Count && a.Inputs.Zip(b.Inputs).All(pair => SameTensor(pair.First, pair.Second));

    internal static bool SameTensor(TensorSpec a, TensorSpec b) => a.Name == b.Name && a.DataType == b.DataType && a.RowShape.SequenceEqual(b.RowShape);

    internal static bool SameLabels(BinaryClasses? a, BinaryClasses? b) => a?.Negative == b?.Negative && a?.Positive == b?.Positive;
}
