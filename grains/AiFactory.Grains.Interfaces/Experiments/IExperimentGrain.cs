using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;

namespace AiFactory.Grains.Experiments;

/// <summary>The comparison of an endpoint's variants. Key: <see cref="EndpointKey"/>.</summary>
[Alias("aifactory.experiment"), Version(1)]
public interface IExperimentGrain : IGrainWithStringKey
{
    /// <summary>Figures from all decisions and outcomes read so far.</summary>
    [Alias("Report")]
    Task<ExperimentReport> Report();
}
