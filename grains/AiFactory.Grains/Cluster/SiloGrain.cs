using AiFactory.DecisionLog;
using AiFactory.Domain.Cluster;
using AiFactory.Grains.Placement;

namespace AiFactory.Grains.Cluster;

[GrainType("silo"), OwningSiloPlacement]
internal sealed class SiloGrain(ISiloFacts facts, IDecisionLog log) : Grain, ISiloGrain
{
    public Task<SiloReport> Describe() => Task.FromResult(facts.Report(log.Tail));
}

/// <summary>What the process knows of itself.</summary>
public interface ISiloFacts
{
    SiloReport Report(long logTail);
}
