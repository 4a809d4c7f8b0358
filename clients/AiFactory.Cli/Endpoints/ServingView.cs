using AiFactory.Cli.Rendering;
using AiFactory.Domain.Endpoints;

namespace AiFactory.Cli.Endpoints;

/// <summary>Serving terms as people read them.</summary>
internal static class ServingView
{
    public static string Describe(ServingTerms terms)
    {
        List<string> parts = [Format.Invariant($"objective {terms.ObjectiveMs:0.###} ms{(terms.LatencyObjectiveMs is null ? " (of tuning only)" : "")}, timeout {terms.TimeoutMs:0.###} ms, priority {Lower(terms.Priority)}")];
        if (terms.Replicas is { } replicas)
        {
            parts.Add(Format.Invariant($"{replicas.Min}..{(replicas.Max == 0 ? "all" : Format.Count(replicas.Max))} replicas"));
        }

        if (terms.Breaker is { } breaker)
        {
            parts.Add(Format.Invariant($"breaker at {breaker.ErrorFraction:0.##} of {breaker.RequestsMin} requests in {breaker.WindowSeconds:0.##} s, for {breaker.OpenSeconds:0.##} s"));
        }

        if (terms.Hedge is { } hedge)
        {
            parts.Add(Format.Invariant($"hedged {(hedge.AfterMs == 0 ? "at the 95th percentile" : Format.Invariant($"after {hedge.AfterMs:0.###} ms"))}, at most {hedge.FractionMax:0.###} of requests"));
        }

        if (terms.Cache is { } cache)
        {
            parts.Add(Format.Invariant($"answers cached for {cache.SecondsMax:0.###} s"));
        }

        if (terms.Fallbacks is { Count: > 0 } fallbacks)
        {
            parts.Add($"falls back to {string.Join(", then ", fallbacks.Select(Describe))}");
        }

        if (terms.Placement is { } placement)
        {
            parts.Add($"on devices of {placement}");
        }

        return string.Join("; ", parts);
    }

    private static string Describe(FallbackStep step) => step.Kind switch
    {
        FallbackKind.Variant => $"variant {step.Variant}",
        FallbackKind.Cached => "the cached answer",
        _ => "fixed outputs",
    };

    private static string Lower(RequestPriority priority) => priority.ToString().ToLowerInvariant();
}
