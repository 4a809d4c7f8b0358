using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Gateway.Protection;

/// <summary>What stands before one variant at this gateway.</summary>
internal sealed class VariantShield
{
    private readonly ModelVersionKey _model;

    /// <param name="previous">Its breaker and hedge go on where model and terms are the same.</param>
    public VariantShield(string endpoint, VariantRoute route, ServingTerms terms, VariantShield? previous, TimeProvider time)
    {
        _model = route.Model;
        var (kept, breaker) = (previous?._model == _model ? previous : null, terms.Breaker ?? BreakerTerms.Default);
        Breaker = kept?.Breaker.Terms == breaker ? kept.Breaker : new(breaker, time);
        Hedge = terms.Hedge is not { } hedge ? null : kept?.Hedge?.Terms == hedge ? kept.Hedge : new(hedge, time);
        Open = new(new("breaker-open", RefusalKind.Unavailable, $"Too many requests to variant '{route.Name}' of '{endpoint}' failed of late; it is tried again soon.",
            endpoint, "Wait as long as Retry-After says; see the factory's log for why they failed."));
        Missing = new(new("replicas-missing", RefusalKind.Unavailable, $"No worker serves variant '{route.Name}' of '{endpoint}' at present.", endpoint,
            "Try again in a second; see factory status."));
        FixedRow = terms.Fallbacks?.FirstOrDefault(step => step.Kind == FallbackKind.Default) is { Outputs: { } outputs }
            ? FixedOutputs.Pack(route.Signature, outputs).Value
            : null;
    }

    public VariantBreaker Breaker { get; }

    /// <summary>Null: requests are never sent twice.</summary>
    public VariantHedge? Hedge { get; }

    public PreparedRefusal Open { get; }

    public PreparedRefusal Missing { get; }

    /// <summary>One packed row of the endpoint's static default, as this variant's model would give it; null: there is none.</summary>
    public byte[]? FixedRow { get; }
}
