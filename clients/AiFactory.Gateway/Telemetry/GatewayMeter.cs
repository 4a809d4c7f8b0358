using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AiFactory.Gateway.Telemetry;

/// <summary>The gateway's instruments, of the meter <c>AiFactory</c>.</summary>
internal sealed class GatewayMeter
{
    // The exporter's own boundaries are for milliseconds: a histogram in seconds would have all in one bucket.
    private static readonly InstrumentAdvice<double> Latency = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
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
        var meter = factory.Create("AiFactory");
        _duration = meter.CreateHistogram<double>("aifactory.decision.duration", "s", "From the request's arrival to its record in the log.", null, Latency);
        _queue = meter.CreateHistogram<double>("aifactory.decision.queue", "s", "From the request's arrival until its rows left for a worker.", null, Latency);
        _compute = meter.CreateHistogram<double>("aifactory.decision.compute", "s", "Metered device time, the decision's share of its batch.", null, DeviceTime);
        _decisions = meter.CreateCounter<long>("aifactory.decisions", "{decision}", "Decisions recorded.");
        _rows = meter.CreateCounter<long>("aifactory.decision.rows", "{row}", "Rows decided.");
        _errors = meter.CreateCounter<long>("aifactory.gateway.errors", "{error}", "Requests not answered as asked, by cause.");
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

    public void Error(string cause) => _errors.Add(1, new KeyValuePair<string, object?>("error.type", cause));
}
