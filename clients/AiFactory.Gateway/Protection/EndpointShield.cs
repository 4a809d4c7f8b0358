using System.Diagnostics;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Caching;

namespace AiFactory.Gateway.Protection;

/// <summary>
/// What protects one endpoint at this gateway: breakers, hedges, cached answers, fallbacks. Goes on from one snapshot of the routes to the next, as far as
/// terms and models stay.
/// </summary>
internal sealed class EndpointShield
{
    private readonly Dictionary<string, VariantShield> _variants = new(StringComparer.Ordinal);
    private readonly TagList _fixedTags;

    private EndpointShield(EndpointRoute route, EndpointShield? previous, TimeProvider time)
    {
        Terms = route.Serving ?? ServingTerms.Default;
        var endpoint = route.Endpoint;
        foreach (var variant in route.Variants)
        {
            _variants[variant.Name] = new(endpoint, variant, Terms, previous?._variants.GetValueOrDefault(variant.Name), time);
        }


        // What a model with memory answers depends on more than its input.
        Cache = Terms.Cache is not { } cache || route.Variants.Any(variant => variant.Signature.Sequence is not null) ? null
            : previous?.Cache is { } kept && kept.Terms == cache ? kept
            : new(cache, time, (ulong)Random.Shared.NextInt64());
        Fallbacks = [.. Terms.Fallbacks ?? []];
        HasFixed = Array.Exists(Fallbacks, static step => step.Kind == FallbackKind.Default);
        Plain = Cache is null && Fallbacks.Length == 0;
        Busy = new(new("workers-busy", RefusalKind.Unavailable, "More work is waiting than the workers can do within the endpoint's latency objective.", endpoint,
            "Wait as long as Retry-After says, or add workers."));
        DeadlineUnreachable = new(new("deadline-unreachable", RefusalKind.Unavailable, "The work that is waiting leaves no time to answer before the request's deadline.", endpoint,
            "Wait as long as Retry-After says, give the request more time, or add workers."));
        DeadlineExceeded = new(new("deadline-exceeded", RefusalKind.Timeout, "No worker answered before the request's deadline.", endpoint,
            "Try again later, or give it more time: --timeout-ms of the endpoint, or parameters.timeout of the request."));
        _fixedTags = new() { { "endpoint", endpoint }, { "variant", "" }, { "version", "" } };
    }

    public ServingTerms Terms { get; }

    /// <summary>Whether its requests go straight to their variant: no cached answers, no fallbacks.</summary>
    public bool Plain { get; }

    /// <summary>Null: answers are not given again.</summary>
    public AnswerCache? Cache { get; }

    public FallbackStep[] Fallbacks { get; }

    /// <summary>Whether fixed outputs are the last of its fallbacks.</summary>
    public bool HasFixed { get; }

    public PreparedRefusal Busy { get; }

    public PreparedRefusal DeadlineUnreachable { get; }

    public PreparedRefusal DeadlineExceeded { get; }

    /// <summary>Tags of decisions that no variant made.</summary>
    public ref readonly TagList FixedTags => ref _fixedTags;

    /// <summary>The shield of a route, taking over from the one before what is the same in both.</summary>
    public static EndpointShield Next(EndpointRoute route, EndpointShield? previous, TimeProvider time) => new(route, previous, time);

    public VariantShield Of(VariantRoute variant) => _variants[variant.Name];
}
