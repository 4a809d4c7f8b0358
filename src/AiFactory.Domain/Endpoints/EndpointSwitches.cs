using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Endpoints;

/// <summary>Changes of an endpoint that need no model loaded, and so act at once.</summary>
public static class EndpointSwitches
{
    /// <summary>Most characters of the reason for a stop.</summary>
    public const int ReasonLengthMax = 500;

    /// <summary>The endpoint, no model of it answering until it is started again; no change when it is stopped for that reason already.</summary>
    public static Ruling<Endpoint> Stop(Endpoint? present, EndpointKey key, string? reason)
    {
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > ReasonLengthMax)
        {
            return new Refusal("stop-reason-missing", RefusalKind.Unprocessable, $"A stop takes a reason of 1 to {ReasonLengthMax} characters: callers are told it.", "reason",
                "Say why with --reason.");
        }

        return Set(present, key, reason);
    }

    /// <summary>The endpoint, answering again; no change when it was not stopped.</summary>
    public static Ruling<Endpoint> Start(Endpoint? present, EndpointKey key) => Set(present, key, null);

    /// <summary>The spec with all weight on one variant; a shadow becomes a variant for it.</summary>
    public static Ruling<EndpointSpec> Promote(Endpoint? present, EndpointKey key, string variant)
    {
        if (EndpointRules.Get(present, key) is { Granted: false, Refusal: var missing })
            return missing;
        var variants = present!.Spec.Variants;
        if (present.Spec.Shadows?.FirstOrDefault(candidate => candidate.Name == variant) is { } shadow)
        {
            return present.Spec with
            {
                Variants = [.. variants.Select(other => other with { Weight = 0 }), new VariantSpec(shadow.Name, shadow.Model, 100)],
                Shadows = [.. present.Spec.Shadows.Where(other => other != shadow)],
            };
        }

        return variants.Any(candidate => candidate.Name == variant)
            ? present.Spec with { Variants = [.. variants.Select(candidate => candidate with { Weight = candidate.Name == variant ? 100 : 0 })] }
            : new Refusal("variant-not-found", RefusalKind.NotFound, $"Endpoint {key.Endpoint} has no variant {variant}.", variant,
                $"It has: {string.Join(", ", variants.Select(candidate => candidate.Name).Concat((present.Spec.Shadows ?? []).Select(candidate => candidate.Name)))}.");
    }

    /// <summary>The endpoint with other weights within its revision; no change when it has them.</summary>
    /// <param name="revision">The revision that the weights are meant for.</param>
    /// <param name="weights">In percent, by variant; others keep theirs.</param>
    public static Ruling<Endpoint> Shift(Endpoint? present, EndpointKey key, long revision, IReadOnlyDictionary<string, double> weights)
    {
        if (EndpointRules.Get(present, key) is { Granted: false, Refusal: var missing })
            return missing;
        if (present!.Revision != revision || !present.Deployed)
        {
            return new Refusal("endpoint-revision-stale", RefusalKind.Conflict, $"Endpoint {key.Endpoint} is at revision {present.Revision}, not {revision}.", key.Endpoint,
                "Look at the endpoint as it stands, and decide again.");
        }

        var shifted = present.Spec with
        {
            Variants = [.. present.Spec.Variants.Select(variant => weights.TryGetValue(variant.Name, out var weight) ? variant with { Weight = weight } : variant)],
        };
        if (EndpointRules.Check(key, shifted) is { Granted: false, Refusal: var invalid })
            return invalid;
        return shifted.Variants.SequenceEqual(present.Spec.Variants) ? present : EndpointRules.Republish(present with { Spec = shifted, Shifted = true });
    }

    private static Ruling<Endpoint> Set(Endpoint? present, EndpointKey key, string? reason) =>
        EndpointRules.Get(present, key) is { Granted: true, Value: var endpoint }
            ? endpoint.Suspended == reason ? endpoint : EndpointRules.Republish(endpoint with { Suspended = reason })
            : EndpointRules.Get(present, key);
}
