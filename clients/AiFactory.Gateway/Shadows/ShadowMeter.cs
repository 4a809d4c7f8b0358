using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiFactory.Domain.Shadows;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Telemetry;

namespace AiFactory.Gateway.Shadows;

/// <summary>What shadows show: their latency as it comes, and the comparison when somebody asks.</summary>
internal sealed class ShadowMeter
{
    private readonly RoutingSnapshots _routing;
    private readonly Histogram<double> _duration;

    public ShadowMeter(IMeterFactory factory, RoutingSnapshots routing)
    {
        _routing = routing;
        var meter = factory.Create(GatewayMeter.Name);
        _duration = meter.CreateHistogram("aifactory.shadow.duration", "s", "From sending a mirrored request to a shadow to its answer.", null, GatewayMeter.Latency);
        Counter("aifactory.shadow.requests", "{request}", "Requests mirrored to a shadow and ended, by the variant that answered them.", figures => figures.Mirrored);
        Counter("aifactory.shadow.dropped", "{request}", "Sampled requests not mirrored, since too many were under way.", figures => figures.Dropped);
        Counter("aifactory.shadow.errors", "{error}", "Mirrored requests that the shadow did not answer.", figures => figures.Errors);
        Counter("aifactory.shadow.rows", "{row}", "Rows compared.", figures => figures.Rows);
        Counter("aifactory.shadow.rows.agreed", "{row}", "Rows in which the shadow agreed with the answer given.", figures => figures.RowsAgreed);
        meter.CreateObservableGauge("aifactory.shadow.difference.max", () => Measure(figures => figures.DifferenceMax), "1", "Largest absolute difference of an output's number since the revision was deployed.");
        meter.CreateObservableGauge("aifactory.shadow.outstanding", UnderWay, "{request}", "Mirrored requests under way.");

        void Counter(string name, string unit, string description, Func<ShadowFigures, long> figure) =>
            meter.CreateObservableCounter(name, () => Measure(figure), unit, description);
    }

    /// <param name="tags">The shadow's endpoint, name and version.</param>
    public void Answered(in TagList tags, TimeSpan duration) => _duration.Record(duration.TotalSeconds, in tags);

    private IEnumerable<(ServedEndpoint Endpoint, ServedShadow Shadow)> Shadows =>
        from tenant in _routing.Snapshots
        from endpoint in tenant.Snapshot.Endpoints.Values
        from shadow in endpoint.Shadows ?? []
        select (endpoint, shadow);

    private IEnumerable<Measurement<T>> Measure<T>(Func<ShadowFigures, T> figure)
        where T : struct =>
        from one in Shadows
        from total in one.Shadow.Tally.Totals
        select new Measurement<T>(figure(total.Figures), new("endpoint", one.Endpoint.Route.Endpoint), new("shadow", one.Shadow.Variant.Route.Name), new("variant", total.Variant),
            new KeyValuePair<string, object?>("version", one.Shadow.Variant.ModelText));

    private IEnumerable<Measurement<int>> UnderWay() =>
        from one in Shadows
        select new Measurement<int>(one.Shadow.Tally.UnderWay, new("endpoint", one.Endpoint.Route.Endpoint), new KeyValuePair<string, object?>("shadow", one.Shadow.Variant.Route.Name));
}
