using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Traffic;

namespace AiFactory.Grains.Endpoints;

/// <summary>Keeps the replicas of an endpoint's variants to what its traffic needs. Holds nothing that reports would not bring back.</summary>
internal sealed class ReplicaScaler(IEndpointGrain endpoint, TimeProvider time)
{
    // There may be no worker to add; one that joins later is found by asking now and then.
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(30);

    // Gateways report every second.
    private static readonly TimeSpan ReportHolds = TimeSpan.FromSeconds(2);

    private readonly LatestTraffic _latest = new(ReportHolds);
    private readonly Dictionary<string, Scaled> _variants = new(StringComparer.Ordinal);
    private readonly long _began = time.GetTimestamp();

    private TimeSpan Now => time.GetElapsedTime(_began);

    public async Task Heard(TrafficReport report)
    {
        foreach (var traffic in _latest.Hear(report, Now))
            await Decide(traffic.Variant, traffic);
    }

    /// <summary>Variants of which nobody told anything for a while are calm.</summary>
    public async Task Tick()
    {
        foreach (var variant in _variants.Where(known => Now - known.Value.HeardAt > ScaleRules.SettleTime).Select(known => known.Key).ToArray())
            await Decide(variant, null);
    }

    private async Task Decide(string variant, VariantTraffic? traffic)
    {
        // What the endpoint says, not what a gateway saw: that may be of the time before a change.
        if (await Present() is not { Active: { } all } present || !all.TryGetValue(variant, out var active))
        {
            _variants.Remove(variant);
            return;
        }

        var terms = present.Spec.Serving ?? ServingTerms.Default;
        var now = Now;
        var known = _variants.GetValueOrDefault(variant) ?? new(ScaleMemory.Empty, now, 0, now);
        var decided = ScaleRules.Decide(terms.Replicas ?? new ReplicaBounds(), Math.Max(1, active), known.Memory, traffic, terms.ObjectiveMs, now);
        var asks = decided.Active != active && (decided.Active != known.Asked || now - known.AskedAt >= AskAgain);
        _variants[variant] = new(decided.Memory, traffic is null ? known.HeardAt : now, asks ? decided.Active : known.Asked, asks ? now : known.AskedAt);
        if (asks)
            await endpoint.Scale(variant, decided.Active);
    }

    private async Task<Endpoint?> Present()
    {
        try
        {
            return await endpoint.Get();
        }
        catch (RefusedException)
        {
            // No such endpoint any more.
            return null;
        }
    }

    private sealed record Scaled(ScaleMemory Memory, TimeSpan HeardAt, int Asked, TimeSpan AskedAt);
}
