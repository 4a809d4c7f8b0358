using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiFactory.Domain.Refusals;

namespace AiFactory.Gateway.Telemetry;

/// <summary>The gateway's instruments, of the meter <c>AiFactory</c>.</summary>
internal sealed class GatewayMeter
{
    /// <summary>Of all of the product's instruments.</summary>
    public const string Name = "AiFactory";

    // The exporter's own boundaries are for milliseconds: a histogram in seconds would have all in one bucket.
    internal static readonly InstrumentAdvice<double> Latency = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.00075, 0.001, 0.0015, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private static readonly InstrumentAdvice<double> DeviceTime = new()
    {
        HistogramBucketBoundaries = [0.000001, 0.0000025, 0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1, 1],
    };

    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _queue;
    private readonly Histogram<double> _compute;
    private readonly Counter<long> _decisions;
    private readonly Counter<long> _rows;
    private readonly Counter<long> _errors;

    public GatewayMeter(IMeterFactory factory)
    {
        var meter = factory.Create(Name);
        _duration = meter.CreateHistogram<double>("aifactory.decision.duration", "s", "From the request's arrival to its record in the log.", null, Latency);
        _queue = meter.CreateHistogram<double>("aifactory.decision.queue", "s", "From the request's arrival until its rows left for a worker.", null, Latency);
        _compute = meter.CreateHistogram<double>("aifactory.decision.compute", "s", "Metered device time, the decision's share of its batch.", null, DeviceTime);
        _decisions = meter.CreateCounter<long>("aifactory.decisions", "{decision}", "Decisions recorded.");
        _rows = meter.CreateCounter<long>("aifactory.decision.rows", "{row}", "Rows decided.");
        _errors = meter.CreateCounter<long>("aifactory.gateway.errors", "{error}", "Requests not answered as asked, by cause and endpoint.");
    }

    /// <param name="tags">Endpoint, variant and version, made once for each variant.</param>
    public void Decision(in TagList tags, TimeSpan duration, TimeSpan queue, long deviceNanoseconds, int rows)
    {
        _duration.Record(duration.TotalSeconds, in tags);
        _queue.Record(queue.TotalSeconds, in tags);
        _compute.Record(deviceNanoseconds / 1e9, in tags);
        _decisions.Add(1, in tags);
        _rows.Add(rows, in tags);
    }

    /// <param name="endpoint">One that is deployed, or empty: names that callers made up must not become series.</param>
    public void Error(Refusal refusal, string endpoint = "") => Count(refusal.Code, refusal.Kind.ToString(), endpoint);

    /// <summary>A caller went away before the answer.</summary>
    public void ClientGone(string endpoint) => Count("client-gone", "ClientGone", endpoint);

    private void Count(string type, string kind, string endpoint) => _errors.Add(1, new("error.type", type), new("error.kind", kind), new("endpoint", endpoint));
}
