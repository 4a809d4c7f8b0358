namespace AiFactory.Domain.Traffic;

/// <summary>
/// What an endpoint's gateways told last of each variant, taken together: one gateway alone does not know whether a variant has too much to do. Times are of one
/// clock that never goes back. Not safe for use by several threads.
/// </summary>
/// <param name="span">How long a gateway's word holds; over the time between two reports of one.</param>
public sealed class LatestTraffic(TimeSpan span)
{
    private readonly Dictionary<(string Variant, string Gateway), (VariantTraffic Traffic, TimeSpan At)> _told = [];

    /// <summary>Takes a report in.</summary>
    /// <returns>The variants of the report, each with what all gateways told of it.</returns>
    public IReadOnlyList<VariantTraffic> Hear(TrafficReport report, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(report);
        foreach (var old in _told.Where(told => now - told.Value.At > span).Select(told => told.Key).ToArray())
            _told.Remove(old);
        foreach (var variant in report.Variants)
            _told[(variant.Variant, report.Gateway)] = (variant, now);
        return [.. report.Variants.Select(variant => _told.Where(told => told.Key.Variant == variant.Variant).Select(told => told.Value.Traffic).Aggregate(VariantTraffic.Add))];
    }
}
