using AiFactory.Domain.Shadows;
using AiFactory.Domain.Traffic;

namespace AiFactory.Grains.Endpoints;

/// <summary>How an endpoint's shadows compare with the answers it gives. Key: <see cref="Domain.Endpoints.EndpointKey"/>.</summary>
[Alias("aifactory.endpoint-shadow"), Version(1)]
public interface IEndpointShadowGrain : IGrainWithStringKey
{
    /// <summary>Adds what a gateway told of shadows; to be told once.</summary>
    [Alias("Observe")]
    Task Observe(TrafficReport report);

    /// <summary>The present revision's shadows, each with its figures since that revision was deployed.</summary>
    [Alias("Report")]
    Task<ShadowReport> Report();
}
