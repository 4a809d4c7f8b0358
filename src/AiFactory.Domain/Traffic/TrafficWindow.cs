namespace AiFactory.Domain.Traffic;

/// <summary>The reports of an endpoint's gateways over the last while. Times are of one clock that never goes back. Not safe for use by several threads.</summary>
/// <param name="span">How long a report is kept.</param>
public sealed class TrafficWindow(TimeSpan span)
{
    // A gateway that told nothing for so long sends no report of before that again.
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    private readonly Queue<(TimeSpan At, TrafficReport Report)> _reports = new();
    private readonly Dictionary<(string Gateway, string Run), (long Sequence, TimeSpan At)> _heard = [];
    private TimeSpan _sweptAt;

    /// <summary>Takes a report in; false when its gateway told it, or a later one, before.</summary>
    public bool Add(TrafficReport report, TimeSpan now)
    {
        Forget(now);
        if (_heard.TryGetValue((report.Gateway, report.Run), out var last) && report.Sequence <= last.Sequence)
            return false;
        _heard[(report.Gateway, report.Run)] = (report.Sequence, now);
        _reports.Enqueue((now, report));
        return true;
    }

    /// <summary>The sum of all reports that are not too old.</summary>
    public EndpointTraffic Sum(string endpoint, TimeSpan now)
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

    private void Forget(TimeSpan now)
    {
        if (now - _sweptAt > Remembered)
        {
            _sweptAt = now;
            foreach (var silent in _heard.Where(heard => now - heard.Value.At > Remembered).Select(heard => heard.Key).ToArray())
                _heard.Remove(silent);
        }

        while (_reports.TryPeek(out var oldest) && now - oldest.At > span)
            _reports.Dequeue();
    }
}
