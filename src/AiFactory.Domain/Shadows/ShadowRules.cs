using System.Globalization;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Tenants;

namespace AiFactory.Domain.Shadows;

/// <summary>Which models may see an endpoint's requests beside its variants, and what becomes of them.</summary>
public static class ShadowRules
{
    public const int ShadowsMax = 4;

    /// <summary>Sampling knows ten thousand parts.</summary>
    public const double PercentMin = 0.01;

    /// <summary>The spec with shadows that can be told apart, of the endpoint's own tenant, none of them a model that answers anyway. Null shadows stay null.</summary>
    /// <param name="spec">Its variants are the tenant's.</param>
    public static Ruling<EndpointSpec> Check(EndpointKey key, EndpointSpec spec)
    {
        if (spec.Shadows is not { Count: > 0 } shadows)
            return spec with { Shadows = null };
        if (shadows.Count > ShadowsMax)
            return Invalid(key, $"There are {shadows.Count} shadows.", $"An endpoint has at most {ShadowsMax}.");
        var own = shadows.Select(shadow => shadow with { Model = shadow.Model with { Tenant = key.Tenant } }).ToArray();
        foreach (var shadow in own)
        {
            if (ResourceName.Check("shadow", shadow.Name) is { Granted: false, Refusal: var badName })
                return badName;
            if (!(shadow.Percent is >= PercentMin and <= 100))
                return Invalid(key, Invariant($"Shadow {shadow.Name} is to see {shadow.Percent} % of the requests."), Invariant($"State a share in percent from {PercentMin} to 100."));
            if (spec.Variants.Any(variant => variant.Name == shadow.Name) || own.Count(other => other.Name == shadow.Name) > 1)
                return Invalid(key, $"More than one variant or shadow is called {shadow.Name}.", "Give each variant and shadow a name of its own.");
            if (spec.Variants.FirstOrDefault(variant => variant.Model == shadow.Model) is { } same)
                return Invalid(key, $"Shadow {shadow.Name} is {shadow.Model}, which variant {same.Name} answers with: there is nothing to compare.", "Name another model version.");
        }

        return spec with { Shadows = own };
    }

    /// <summary>Whether the shadows can be sent the variants' requests, and their answers be compared.</summary>
    /// <param name="variants">Model versions in variant order.</param>
    /// <param name="shadows">Model versions in shadow order.</param>
    public static Ruling<IReadOnlyList<ModelVersion>> CheckModels(EndpointSpec spec, IReadOnlyList<ModelVersion> variants, IReadOnlyList<ModelVersion> shadows)
    {
        for (var i = 0; i < shadows.Count; i++)
        {
            var (shadow, model) = (spec.Shadows![i], shadows[i]);
            if (EndpointRules.CheckGate(shadow.Name, shadow.Model, model) is { } gated)
                return gated;
            if (variants.Append(model).FirstOrDefault(other => other.Signature.Sequence is { Count: > 0 }) is { } remembers)
            {
                return new Refusal("shadow-with-memory", RefusalKind.Conflict,
                    $"{remembers.Model}@{remembers.Version} answers from what it saw before; mirrored requests come sampled and in no order.", shadow.Name, "Deploy the endpoint without shadows.");
            }

            if (variants.Any(variant => !EndpointRules.SameInputs(variant.Signature, model.Signature) || variant.Signature.Batched != model.Signature.Batched
                || !EndpointRules.SameLabels(variant.Classes, model.Classes) || (model.Classes is null && !SameOutputs(variant.Signature, model.Signature))))
            {
                return new Refusal("shadow-differs", RefusalKind.Conflict, $"{shadow.Model} takes or gives other tensors or classes than {spec.Variants[0].Model}.", shadow.Name,
                    "A shadow is sent what the variants are sent, and compared with what they answer: name a model version with their signature.");
            }
        }

        return Ruling.Of(shadows);
    }

    /// <summary>The figures with what a gateway told; the same where it told nothing of shadows, or of an earlier revision.</summary>
    public static ShadowBook Observe(ShadowBook book, IReadOnlyList<ShadowTraffic>? told, DateTimeOffset now)
    {
        foreach (var one in told ?? [])
        {
            if (one.Revision < book.Revision)
                continue;
            if (one.Revision > book.Revision)
                book = new(one.Revision, now, []);
            var present = book.Compared.FirstOrDefault(other => other.Shadow == one.Shadow && other.Variant == one.Variant);
            ShadowTraffic[] others = [.. book.Compared.Where(other => other != present)];
            book = book with { Compared = [.. others, present is null ? one : one with { Figures = present.Figures.Add(one.Figures) }] };
        }

        return book;
    }

    /// <summary>An endpoint's shadows as it stands, each with what is known of it.</summary>
    public static ShadowReport Report(Endpoint endpoint, ShadowBook book)
    {
        var known = book.Revision == endpoint.Revision ? book : ShadowBook.Empty;
        var shadows = endpoint.Deployed ? endpoint.Spec.Shadows ?? [] : [];
        return new(endpoint.Name, endpoint.Revision, known.Since, shadows.Select(shadow => new ShadowStanding(
            shadow.Name,
            shadow.Model,
            shadow.Percent,
            known.Compared.Where(one => one.Shadow == shadow.Name).OrderBy(one => one.Variant, StringComparer.Ordinal).Select(one => ShadowComparison.Of(one)).ToArray())).ToArray());
    }

    private static bool SameOutputs(ModelSignature a, ModelSignature b) =>
        a.Outputs.Count == b.Outputs.Count && a.Outputs.Zip(b.Outputs).All(pair => EndpointRules.SameTensor(pair.First, pair.Second));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static Refusal Invalid(EndpointKey key, string what, string mend) => new("endpoint-invalid", RefusalKind.Unprocessable, what, key.Endpoint, mend);
}
