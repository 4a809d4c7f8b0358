using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AiFactory.Gateway.Telemetry;

/// <summary>The gateway's instruments, of the meter <c>AiFactory</c>.</summary>
internal sealed class GatewayMeter
{
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _queue;
    private readonly Histogram<double> _compute;
    private readonly Counter<long> _decisions;
    private readonly Counter<long> _rows;
    private readonly Counter<long> _errors;

    public GatewayMeter(IMeterFactory factory)
    {
        var meter = factory.Create("AiFactory");
        _duration = meter.CreateHistogram<double>("aifactory.decision.duration", "s", "From the request's arrival to its record in the log.");
        _queue = meter.CreateHistogram<double>("aifactory.decision.queue", "s", "From the request's arrival until its rows left for a worker.");
        _compute = meter.CreateHistogram<double>("aifactory.decision.compute", "s", "Metered device time, the decision's share of its batch.");
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
