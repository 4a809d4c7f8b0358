namespace AiFactory.Domain.Traffic;

/// <summary>The reports of an endpoint's gateways over the last while. Not safe for use by several threads.</summary>
/// <param name="span">How long a report is kept.</param>
public sealed class TrafficWindow(TimeSpan span)
{
    private readonly Queue<(DateTimeOffset At, TrafficReport Report)> _reports = new();
    private readonly Dictionary<string, long> _sequences = new(StringComparer.Ordinal);

    /// <summary>Takes a report in; false when its gateway told it, or a later one, before.</summary>
    public bool Add(TrafficReport report, DateTimeOffset now)
    {
        Forget(now);
        if (report.Sequence <= _sequences.GetValueOrDefault(report.Gateway, long.MinValue))
            return false;
        _sequences[report.Gateway] = report.Sequence;
        _reports.Enqueue((now, report));
        return true;
    }

    /// <summary>The sum of all reports that are not too old.</summary>
    public EndpointTraffic Sum(string endpoint, DateTimeOffset now)
    {
        Forget(now);
        var byGateway = _reports.GroupBy(kept => kept.Report.Gateway, kept => kept.Report).ToList();
        return new EndpointTraffic(
            endpoint,
            byGateway.Select(reports => reports.Sum(report => report.Seconds)).DefaultIfEmpty(0).Max(),
            byGateway.Count,
            [.. _reports.SelectMany(kept => kept.Report.Variants).GroupBy(variant => variant.Variant).Select(Sum).OrderBy(variant => variant.Variant, StringComparer.Ordinal)]);
    }

    // A breaker is as its gateway told last, and where gateways differ, as the worst of them: earlier reports say how it was.
    private VariantTraffic Sum(IEnumerable<VariantTraffic> variants)
    {
        var sum = variants.Aggregate(VariantTraffic.Add);
        var breakers = _reports.SelectMany(kept => kept.Report.Variants, (kept, variant) => (kept.Report.Gateway, Traffic: variant))
            .Where(told => told.Traffic.Variant == sum.Variant)
            .GroupBy(told => told.Gateway, told => told.Traffic.Breaker);
        return sum with
        {
            Latencies = null,
            Breaker = breakers.Max(phases => phases.Last()),
            P50 = LatencyBuckets.Quantile(sum.Latencies, 0.5),
            P99 = LatencyBuckets.Quantile(sum.Latencies, 0.99),
        };
    }

    private void Forget(DateTimeOffset now)
    {
        while (_reports.TryPeek(out var oldest) && now - oldest.At > span)
            _reports.Dequeue();
    }
}
