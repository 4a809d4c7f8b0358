using AiFactory.Cli.Rendering;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Traffic;
using Spectre.Console;

namespace AiFactory.Cli.Endpoints;

/// <summary>What gateways saw of late, as people see it.</summary>
internal static class TrafficViews
{
    public static Rows Traffic(EndpointTraffic traffic)
    {
        var table = Tables.Create("Variant", ">Requests/s", ">p50, ms", ">p99, ms", ">Errors", ">Cache hits", "Breaker");
        foreach (var variant in traffic.Variants)
        {
            table.AddTextRow(
                variant.Variant, Format.Invariant($"{variant.Requests / Math.Max(traffic.Seconds, 1e-3):0.#}"), Milliseconds(variant.P50), Milliseconds(variant.P99),
                Format.Count(variant.Errors), Format.Count(variant.Cached), Breaker(variant.Breaker));
        }

        return new Rows(
            new Text(traffic.Gateways == 0 ? $"Nothing was asked of {traffic.Endpoint} of late." : Format.Invariant($"{traffic.Endpoint} over the last {traffic.Seconds:0} s, at {traffic.Gateways} gateway(s)"), new Style(Color.Grey)),
            table);
    }

    public static string Breaker(BreakerPhase phase) => phase switch
    {
        BreakerPhase.Open => "open",
        BreakerPhase.Probing => "open, probing",
        BreakerPhase.Counting => "closed, something failed",
        _ => "closed",
    };

    private static string Milliseconds(double? seconds) => seconds is { } present ? Format.Invariant($"{present * 1e3:0.###}") : "-";
}
