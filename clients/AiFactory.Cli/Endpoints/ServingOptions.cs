using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Endpoints;

namespace AiFactory.Cli.Endpoints;

/// <summary>The options of <c>endpoint deploy</c> that say how an endpoint is to be served.</summary>
internal sealed class ServingOptions
{
    private readonly Option<double?> _objective = new("--objective-ms") { HelpName = "MS", Description = "99th percentile of latency to keep to" };
    private readonly Option<double?> _timeout = new("--timeout-ms") { HelpName = "MS", Description = "Deadline of a request that names none" };
    private readonly Option<RequestPriority?> _priority = new("--priority") { HelpName = "high|normal|low", Description = "Class of a request that names none" };
    private readonly Option<string?> _replicas = new("--replicas") { HelpName = "MIN..MAX", Description = "Workers that serve each variant; without MAX, all there are" };
    private readonly Option<string?> _breaker = new("--breaker")
    {
        HelpName = "SHARE[,REQUESTS[,WINDOW[,PAUSE]]]",
        Description = "Pass a variant over while this share of at least REQUESTS requests in WINDOW seconds fails, for PAUSE seconds",
    };

    private readonly Option<double?> _hedge = new("--hedge-ms") { HelpName = "MS", Description = "Send a request not answered by then to a second replica too; 0: at the variant's 95th percentile" };
    private readonly Option<double?> _hedgeShare = new("--hedge-share") { HelpName = "SHARE", Description = "Most requests sent twice, as a share of all" };
    private readonly Option<double?> _cache = new("--cache-seconds") { HelpName = "S", Description = "Give the answer to the same input again for so long" };
    private readonly Option<long?> _cacheBytes = new("--cache-bytes") { HelpName = "N", Description = "Memory of each gateway for those answers" };
    private readonly Option<string[]> _fallbacks = new("--fallback")
    {
        HelpName = "variant:NAME|cached|default:JSON",
        Description = "What answers when the assigned variant cannot; several are tried in their order",
    };

    private readonly Option<string[]> _tiers = new("--tier") { HelpName = "on-demand|spot|reserved|owned", Description = "Serve on devices of this tier only; may be repeated" };
    private readonly Option<string?> _deviceModel = new("--device-model") { HelpName = "MODEL", Description = "Serve on devices of this model only; see factory worker list" };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _objective, _timeout, _priority, _replicas, _breaker, _hedge, _hedgeShare, _cache, _cacheBytes, _fallbacks, _tiers, _deviceModel })
        {
            command.Add(option);
        }
    }

    /// <summary>The terms asked for; null when no option is given.</summary>
    /// <exception cref="UsageException">One is written otherwise.</exception>
    public ServingTerms? Read(CommandRun run)
    {
        var defaults = ServingTerms.Default;
        var terms = new ServingTerms(
            run.Value(_objective) ?? defaults.LatencyObjectiveMs,
            run.Value(_timeout) ?? defaults.TimeoutMs,
            run.Value(_priority) ?? defaults.Priority,
            run.Value(_replicas) is { } replicas ? ServingArguments.Replicas(replicas) : null,
            run.Value(_breaker) is { } breaker ? ServingArguments.Breaker(breaker) : null,
            Hedge(run),
            Cache(run),
            run.Value(_fallbacks) is { Length: > 0 } steps ? [.. steps.Select(ServingArguments.Fallback)] : null,
            ServingArguments.Placement(run.Value(_tiers), run.Value(_deviceModel)));
        return terms == defaults ? null : terms;
    }

    private HedgeTerms? Hedge(CommandRun run) => run.Value(_hedge) is { } after
        ? new HedgeTerms(after, run.Value(_hedgeShare) ?? new HedgeTerms().FractionMax)
        : run.Given(_hedgeShare) ? throw new UsageException("A share of requests sent twice is given, and not when.", "--hedge-share", "Give --hedge-ms too; 0 is the variant's 95th percentile.") : null;

    private CacheTerms? Cache(CommandRun run) => run.Value(_cache) is { } seconds
        ? new CacheTerms(seconds, run.Value(_cacheBytes) ?? new CacheTerms().BytesMax)
        : run.Given(_cacheBytes) ? throw new UsageException("Memory for answers is given, and not how long they are kept.", "--cache-bytes", "Give --cache-seconds too.") : null;
}
