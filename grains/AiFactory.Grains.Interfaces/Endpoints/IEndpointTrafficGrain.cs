using AiFactory.Domain.Traffic;

namespace AiFactory.Grains.Endpoints;

/// <summary>What gateways saw of an endpoint of late, in memory only. Key: <see cref="Domain.Endpoints.EndpointKey"/>.</summary>
[Alias("aifactory.endpoint-traffic"), Version(1)]
public interface IEndpointTrafficGrain : IGrainWithStringKey
{
    /// <summary>Takes a gateway's report in, and hands it to whoever decides by it. Told twice it counts once.</summary>
    [Alias("Report")]
    Task Report(TrafficReport report);

    /// <summary>The sum over the last 30 s.</summary>
    [Alias("Recent")]
    Task<EndpointTraffic> Recent();
}
