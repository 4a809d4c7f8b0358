using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Endpoints;

/// <summary>Which <see cref="ServingTerms"/> an endpoint may be deployed with.</summary>
public static class ServingRules
{
    public const int FallbacksMax = 8;
    public const double MillisecondsMax = 3_600_000;
    public const double BreakerSecondsMax = 3_600;
    public const double CacheSecondsMax = 30 * 86_400;
    public const int ReplicasMax = 1_024;

    /// <summary>The terms, if every number is in its range and every fallback can be followed.</summary>
    public static Ruling<ServingTerms> Check(EndpointKey key, EndpointSpec spec)
    {
        var terms = spec.Serving ?? ServingTerms.Default;
        if (!IsPositive(terms.ObjectiveMs, MillisecondsMax))
            return Invalid(key, $"The latency objective is {terms.LatencyObjectiveMs} ms.", $"State --objective-ms above 0, at most {MillisecondsMax}.");
        if (!IsPositive(terms.TimeoutMs, MillisecondsMax))
            return Invalid(key, $"The timeout is {terms.TimeoutMs} ms.", $"State --timeout-ms above 0, at most {MillisecondsMax}.");
        if (!Enum.IsDefined(terms.Priority))
            return Invalid(key, $"There is no priority {terms.Priority}.", "State --priority high, normal or low.");
        if (terms.Replicas is { } replicas && (replicas.Min is < 1 or > ReplicasMax || replicas.Max is < 0 or > ReplicasMax || (replicas.Max > 0 && replicas.Max < replicas.Min)))
            return Invalid(key, $"There cannot be {replicas.Min} to {replicas.Max} replicas.", $"State --replicas MIN..MAX with 1 <= MIN <= MAX <= {ReplicasMax}; a MAX of 0 is as many as there are workers.");
        var refusal = CheckBreaker(key, terms.Breaker) ?? CheckHedge(key, terms) ?? CheckCache(key, terms.Cache) ?? CheckFallbacks(key, spec, terms.Fallbacks ?? [])
            ?? PlacementTerms.Check(terms.Placement ?? PlacementTerms.Any).Refusal;
        return refusal is null ? terms : refusal;
    }

    /// <summary>Whether the models can be served on these terms: fixed outputs that fit each, no cached answers and no second sending for models with a memory.</summary>
    /// <param name="models">Model versions in variant order.</param>
    public static Ruling<ServingTerms> CheckModels(EndpointKey key, EndpointSpec spec, IReadOnlyList<ModelVersion> models)
    {
        var terms = spec.Serving ?? ServingTerms.Default;
        for (var i = 0; i < models.Count; i++)
        {
            if (terms.Cache is not null && models[i].Signature.Sequence is { Count: > 0 })
            {
                return Invalid(key, $"Variant {spec.Variants[i].Name} answers from what it saw before, so an answer cannot be given again to the same input.", "Deploy it without a cache.");
            }

            if (terms.Hedge is not null && models[i].Signature.Sequence is { Count: > 0 })
            {
                return Invalid(key, $"Variant {spec.Variants[i].Name} keeps what it saw before on one replica, so no other can answer in its place.", "Deploy it without --hedge-ms.");
            }

            foreach (var step in terms.Fallbacks ?? [])
            {
                if (step.Kind == FallbackKind.Default && FixedOutputs.Pack(models[i].Signature, step.Outputs!) is { Granted: false, Refusal: var refusal })
                {
                    return refusal with { What = $"The static default does not fit variant {spec.Variants[i].Name}: {refusal.What}" };
                }
            }
        }

        return terms;
    }

    /// <summary>Whether each variant has as many workers as it is to have replicas at rest. More under load may be stated than there are: they are used when they join.</summary>
    /// <param name="present">The endpoint before; what it has been granted already is not asked for again, so that it can be changed while a worker is away.</param>
    /// <param name="workers">How many workers have each variant's model, in variant order.</param>
    public static Ruling<EndpointSpec> CheckReplicas(EndpointKey key, EndpointSpec spec, Endpoint? present, IReadOnlyList<int> workers)
    {
        var wanted = spec.Serving?.Replicas?.Min ?? 1;
        if (present is { Deployed: true } && wanted <= (present.Spec.Serving?.Replicas?.Min ?? 1))
            return spec;
        for (var i = 0; i < workers.Count; i++)
        {
            if (workers[i] < wanted)
            {
                return new Refusal("replicas-too-many", RefusalKind.Conflict,
                    $"Variant {spec.Variants[i].Name} is to have {wanted} replicas at least, and {workers[i]} {(workers[i] == 1 ? "worker has" : "workers have")} its model: {wanted - workers[i]} are missing.", key.Endpoint,
                    $"State --replicas {workers[i]}..{wanted} to use more workers when they join, or add workers first (--cpu-slots, Replicas; see factory status).");
            }
        }

        return spec;
    }

    private static Refusal? CheckBreaker(EndpointKey key, BreakerTerms? breaker) => breaker switch
    {
        null => null,
        _ when !IsPositive(breaker.ErrorFraction, 1) => Invalid(key, $"The breaker opens at an error share of {breaker.ErrorFraction}.", "State a share above 0, at most 1."),
        _ when breaker.RequestsMin < 1 => Invalid(key, $"The breaker opens from {breaker.RequestsMin} requests on.", "State at least 1."),
        _ when !IsPositive(breaker.WindowSeconds, BreakerSecondsMax) || !IsPositive(breaker.OpenSeconds, BreakerSecondsMax) =>
            Invalid(key, $"The breaker's window is {breaker.WindowSeconds} s and its pause {breaker.OpenSeconds} s.", $"State both above 0, at most {BreakerSecondsMax}."),
        _ => null,
    };

    private static Refusal? CheckHedge(EndpointKey key, ServingTerms terms) => terms.Hedge switch
    {
        null => null,
        { } hedge when !(hedge.AfterMs >= 0 && hedge.AfterMs < terms.TimeoutMs) =>
            Invalid(key, $"Requests would be sent again after {hedge.AfterMs} ms, of a timeout of {terms.TimeoutMs} ms.", "State --hedge-ms from 0 (the variant's 95th percentile) to below the timeout."),
        { } hedge when !IsPositive(hedge.FractionMax, 1) => Invalid(key, $"A share of {hedge.FractionMax} of requests may be sent again.", "State a share above 0, at most 1."),
        _ => null,
    };

    private static Refusal? CheckCache(EndpointKey key, CacheTerms? cache) => cache switch
    {
        null => null,
        _ when !IsPositive(cache.SecondsMax, CacheSecondsMax) => Invalid(key, $"Answers are kept for {cache.SecondsMax} s.", $"State --cache-seconds above 0, at most {CacheSecondsMax}."),
        _ when cache.BytesMax < 1 => Invalid(key, $"Answers may take {cache.BytesMax} bytes.", "State at least 1 byte; 67108864 is the default."),
        _ => null,
    };

    private static Refusal? CheckFallbacks(EndpointKey key, EndpointSpec spec, IReadOnlyList<FallbackStep> steps)
    {
        if (steps.Count > FallbacksMax)
            return Invalid(key, $"There are {steps.Count} fallbacks.", $"State at most {FallbacksMax}.");
        for (var i = 0; i < steps.Count; i++)
        {
            var (step, earlier) = (steps[i], steps.Take(i));
            var fault = step.Kind switch
            {
                FallbackKind.Variant when spec.Variants.All(variant => variant.Name != step.Variant) =>
                    Invalid(key, $"A fallback names variant '{step.Variant}', which the endpoint has not.", "Add it with --variant, with a weight of 0 if it is to serve as a fallback only."),
                FallbackKind.Variant when earlier.Any(other => other.Kind == FallbackKind.Variant && other.Variant == step.Variant) =>
                    Invalid(key, $"Variant {step.Variant} is a fallback twice.", "Name each variant once."),
                FallbackKind.Cached when spec.Serving?.Cache is null => Invalid(key, "A fallback gives cached answers, and the endpoint caches none.", "State --cache-seconds too."),
                FallbackKind.Default when step.Outputs is not { Count: > 0 } => Invalid(key, "The static default has no outputs.", "Write --fallback 'default:{\"OUTPUT\":[VALUE]}'."),
                FallbackKind.Variant or FallbackKind.Cached or FallbackKind.Default => null,
                _ => Invalid(key, $"There is no fallback {step.Kind}.", "State variant:NAME, cached or default:JSON."),
            };
            fault ??= earlier.Any(other => other.Kind == FallbackKind.Default)
                ? Invalid(key, "A fallback stands after the static default, which always answers.", "State default:JSON last.")
                : null;
            if (fault is not null)
                return fault;
        }

        return null;
    }

    private static bool IsPositive(double value, double max) => value > 0 && value <= max;

    private static Refusal Invalid(EndpointKey key, string what, string mend) => new("serving-invalid", RefusalKind.Unprocessable, what, key.Endpoint, mend);
}
