using System.Diagnostics.Metrics;
using AiFactory.Domain.Endpoints;
using AiFactory.Gateway.Routing;

namespace AiFactory.Gateway.Protection;

/// <summary>What the shields of all endpoints show, read when somebody asks: requests pay nothing for it.</summary>
internal sealed class ProtectionMeter
{
    private readonly RoutingSnapshots _routing;

    public ProtectionMeter(IMeterFactory factory, RoutingSnapshots routing)
    {
        _routing = routing;
        var meter = factory.Create("AiFactory");
        meter.CreateObservableCounter("aifactory.cache.hits", () => OfCaches(cache => cache.Hits), "{request}", "Requests whose answer was given before.");
        meter.CreateObservableCounter("aifactory.cache.misses", () => OfCaches(cache => cache.Misses), "{request}", "Requests whose answer was looked for and not found.");
        meter.CreateObservableGauge("aifactory.cache.memory", () => OfCaches(cache => cache.Bytes), "By", "Memory that kept answers take.");
        meter.CreateObservableCounter("aifactory.hedges", () => OfVariants(shield => shield.Hedge?.Sent), "{request}", "Requests sent to a second replica.");
        meter.CreateObservableGauge("aifactory.breaker.open", () => OfVariants(shield => shield.Breaker.Phase >= BreakerPhase.Open ? 1 : 0), "{breaker}",
            "1 while requests pass the variant over, else 0.");
    }

    private IEnumerable<ServedEndpoint> Endpoints => _routing.Snapshots.SelectMany(tenant => tenant.Snapshot.Endpoints.Values);

    private IEnumerable<Measurement<long>> OfCaches(Func<Caching.AnswerCache, long> figure) =>
        from endpoint in Endpoints
        where endpoint.Shield.Cache is not null
        select new Measurement<long>(figure(endpoint.Shield.Cache!), new KeyValuePair<string, object?>("endpoint", endpoint.Route.Endpoint));

    private IEnumerable<Measurement<long>> OfVariants(Func<VariantShield, long?> figure) =>
        from endpoint in Endpoints
        from variant in endpoint.Variants
        let value = figure(variant.Shield)
        where value is not null
        select new Measurement<long>(value.Value, new("endpoint", endpoint.Route.Endpoint), new KeyValuePair<string, object?>("variant", variant.Route.Name));
}
