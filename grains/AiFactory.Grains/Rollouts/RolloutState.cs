using AiFactory.Domain.Rollouts;

namespace AiFactory.Grains.Rollouts;

[GenerateSerializer, Alias("aifactory.rollout-state")]
internal sealed class RolloutState
{
    [Id(0)]
    public Rollout? Rollout { get; set; }
}

/// <summary>Wakes a rollout's grain. Key: <see cref="Domain.Endpoints.EndpointKey"/>.</summary>
[Alias("aifactory.rollout-course")]
internal interface IRolloutCourseGrain : IGrainWithStringKey
{
    /// <summary>Does what was decided and perhaps not done.</summary>
    [Alias("Resume")]
    Task Resume();
}
