using AiFactory.DecisionLog;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Shadows;
using AiFactory.Domain.Traffic;
using AiFactory.Gateway.Routing;
using AiFactory.Grains.Endpoints;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiFactory.Gateway.Traffic;

/// <summary>Tells, every second, what this gateway saw of each endpoint that had traffic. A report that does not arrive is not told again.</summary>
internal sealed partial class TrafficReporter(RoutingSnapshots routing, IGrainFactory grains, IDecisionLog log, TimeProvider time, ILogger<TrafficReporter> logger)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly string _run = Guid.NewGuid().ToString("N");
    private long _sequence;
    private long _toldAt = time.GetTimestamp();

    /// <summary>Tells what was counted since the last time. Not to be called twice at a time.</summary>
    public async Task Tell(CancellationToken cancellation)
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_toldAt, now).TotalSeconds;
        (_toldAt, _sequence) = (now, _sequence + 1);
        var reports = new List<Task>();
        foreach (var (tenant, snapshot) in routing.Snapshots)
        {
            foreach (var (name, endpoint) in snapshot.Endpoints)
            {
                var (variants, shadows) = (Traffic(endpoint), Shadows(endpoint));
                if (variants.Count > 0 || shadows is not null)
                {
                    reports.Add(Tell(new EndpointKey(tenant, name), new(log.Name, _sequence, seconds, variants, _run, shadows)));
                }
            }
        }

        await Task.WhenAll(reports).WaitAsync(cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await Tell(stoppingToken);
        }
    }

    private static List<VariantTraffic> Traffic(ServedEndpoint endpoint)
    {
        var traffic = new List<VariantTraffic>();
        foreach (var variant in endpoint.Variants)
        {
            if (variant.Counters.Take(variant.Route.Name, variant.Active) is { } counted)
            {
                traffic.Add(counted with { Breaker = variant.Shield.Breaker.Phase });
            }
        }

        return traffic;
    }

    private static ShadowTraffic[]? Shadows(ServedEndpoint endpoint) =>
        endpoint.Shadows?.SelectMany(shadow => shadow.Tally.Take(shadow.Variant.Route.Name, endpoint.Route.Revision)).ToArray() is { Length: > 0 } told ? told : null;

    private async Task Tell(EndpointKey endpoint, TrafficReport report)
    {
        try
        {
            await grains.GetGrain<IEndpointTrafficGrain>(endpoint.ToGrainKey()).Report(report);
        }
        catch (Exception failure)
        {
            // Whatever it is, the next second's figures may well get through.
            LogNotTold(logger, endpoint, failure.Message);
        }
    }
}
