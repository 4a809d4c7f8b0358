using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Grains.Endpoints;
using AiFactory.Projections.Experiments;

namespace AiFactory.Grains.Experiments;

[GrainType("experiment")]
internal sealed class ExperimentGrain(IExperimentFigures figures, TimeProvider time) : Grain, IExperimentGrain
{
    public async Task<ExperimentReport> Report()
    {
        var key = this.GetPrimaryKeyString();
        var endpoint = await GrainFactory.GetGrain<IEndpointGrain>(key).Get();
        var read = await figures.Read(EndpointKey.FromGrainKey(key), CancellationToken.None);
        return ExperimentRules.Report(endpoint, read, time.GetUtcNow());
    }
}
