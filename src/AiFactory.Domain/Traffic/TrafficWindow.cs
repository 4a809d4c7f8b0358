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
            [.. _reports.SelectMany(kept => kept.Report.Variants).GroupBy(variant => variant.Variant).Select(variants => variants.Aggregate(VariantTraffic.Add)).OrderBy(variant => variant.Variant, StringComparer.Ordinal)]);
    }

    private void Forget(DateTimeOffset now)
    {
        while (_reports.TryPeek(out var oldest) && now - oldest.At > span)
            _reports.Dequeue();
    }
}
