using System.Diagnostics.Metrics;
using AiFactory.Gateway.Routing;
using Microsoft.Extensions.Hosting;

namespace AiFactory.Gateway.Telemetry;

/// <summary>What this gateway's routes look like at the moment they are asked for: replicas, shares of traffic, rows under way. Costs requests nothing.</summary>
internal sealed class RouteGauges : IHostedService
{
    private readonly RoutingSnapshots _routing;

    public RouteGauges(IMeterFactory factory, RoutingSnapshots routing)
    {
        _routing = routing;
        var meter = factory.Create(GatewayMeter.Name);
        meter.CreateObservableGauge("aifactory.variant.replicas.active", () => OfVariants(variant => variant.Active), "{worker}", "Replicas that share the variant's load.");
        meter.CreateObservableGauge("aifactory.variant.replicas.suspected", () => OfVariants(variant => variant.Lanes.Count(lane => lane.Suspect)), "{worker}",
            "Replicas that did not answer of late and are passed over.");
        meter.CreateObservableGauge("aifactory.variant.traffic.share", () => OfVariants(variant => variant.Route.To - variant.Route.From), "1", "Share of units assigned to the variant, 0 to 1.");
        meter.CreateObservableGauge("aifactory.variant.rows.outstanding", () => OfVariants(variant => variant.Lanes.Sum(lane => lane.OutstandingRows)), "{row}",
            "Rows that wait in this gateway or travel to a worker and back.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private List<Measurement<T>> OfVariants<T>(Func<ServedVariant, T> measure)
        where T : struct
    {
        var measurements = new List<Measurement<T>>();
        foreach (var (tenant, snapshot) in _routing.Snapshots)
        {
            foreach (var endpoint in snapshot.Endpoints.Values)
            {
                foreach (var variant in endpoint.Variants)
                {
                    measurements.Add(new(measure(variant), new("tenant", tenant), new("endpoint", endpoint.Route.Endpoint), new("variant", variant.Route.Name), new("version", variant.ModelText)));
                }
            }
        }

        return measurements;
    }
}
