using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Grains.Decisions;
using AiFactory.Grains.Endpoints;
using Orleans.Concurrency;

namespace AiFactory.Grains.Experiments;

/// <summary>Keeps nothing: every figure is a sum over the logs.</summary>
[GrainType("experiment"), Reentrant]
internal sealed class ExperimentGrain(LogGathering logs, TimeProvider time) : Grain, IExperimentGrain
{
    public async Task<ExperimentReport> Report()
    {
        var key = EndpointKey.FromGrainKey(this.GetPrimaryKeyString());
        var endpoint = await GrainFactory.GetGrain<IEndpointGrain>(key.ToGrainKey()).Get();
        var shares = await logs.Gather(
            log => log.ReadFigures(key.Tenant, key.Endpoint), share => share.Position, totals => (totals.Figures(key.Tenant, key.Endpoint), totals.FiguresPosition),
            LogGathering.TotalsWait);
        return ExperimentRules.ReportOverLogs(endpoint, shares, time.GetUtcNow());
    }
}
