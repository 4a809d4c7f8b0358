using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Gateway.Protection;

/// <summary>What stands before one variant at this gateway.</summary>
internal sealed class VariantShield
{
    public VariantShield(string endpoint, VariantRoute route, ServingTerms terms, TimeProvider time)
    {
        Model = route.Model;
        Breaker = new(terms.Breaker ?? BreakerTerms.Default, time);
        Hedge = terms.Hedge is { } hedge ? new(hedge, time) : null;
        Open = new(new("breaker-open", RefusalKind.Unavailable, $"Too many requests to variant '{route.Name}' of '{endpoint}' failed of late; it is tried again soon.",
            endpoint, "Wait as long as Retry-After says; see the factory's log for why they failed."));
        Missing = new(new("replicas-missing", RefusalKind.Unavailable, $"No worker serves variant '{route.Name}' of '{endpoint}' at present.", endpoint,
            "Try again in a second; see factory status."));
        FixedRow = terms.Fallbacks?.FirstOrDefault(step => step.Kind == FallbackKind.Default) is { Outputs: { } outputs }
            ? FixedOutputs.Pack(route.Signature, outputs).Value
            : null;
    }

    public ModelVersionKey Model { get; }

    public VariantBreaker Breaker { get; }

    /// <summary>Null: requests are never sent twice.</summary>
    public VariantHedge? Hedge { get; }

    public PreparedRefusal Open { get; }

    public PreparedRefusal Missing { get; }

    /// <summary>One packed row of the endpoint's static default, as this variant's model would give it; null: there is none.</summary>
    public byte[]? FixedRow { get; }
}
