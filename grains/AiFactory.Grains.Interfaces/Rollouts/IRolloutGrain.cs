using AiFactory.Domain.Rollouts;
using AiFactory.Domain.Traffic;
using Orleans.Concurrency;

namespace AiFactory.Grains.Rollouts;

/// <summary>The rollout on an endpoint, the present or the last. Key: <see cref="Domain.Endpoints.EndpointKey"/>.</summary>
[Alias("aifactory.rollout"), Version(1)]
public interface IRolloutGrain : IGrainWithStringKey
{
    /// <summary>Loads the candidate's model beside the baseline's, then gives it its first share.</summary>
    /// <param name="operation">Names this start; the same again is the same rollout. Null: it has no name.</param>
    [Alias("Start")]
    Task<Rollout> Start(RolloutSpec spec, string? operation = null);

    [Alias("Get"), AlwaysInterleave]
    Task<Rollout> Get();

    /// <summary>Gives all units back to the baseline.</summary>
    [Alias("Abort")]
    Task<Rollout> Abort(string? reason);

    /// <summary>Gives all of the baseline's units to the candidate.</summary>
    [Alias("Promote")]
    Task<Rollout> Promote();

    /// <summary>Judges by what a gateway saw. Nobody waits for it: the next report comes in a second.</summary>
    [Alias("Observe"), OneWay]
    Task Observe(TrafficReport report);
}
