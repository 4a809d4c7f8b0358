using AiFactory.DecisionLog;
using AiFactory.Domain.Cluster;
using AiFactory.Grains.Placement;

namespace AiFactory.Grains.Cluster;

/// <param name="log">Null on a silo that neither decides nor computes.</param>
[GrainType("silo"), OwningSiloPlacement]
internal sealed class SiloGrain(ISiloFacts facts, IDecisionLog? log = null) : Grain, ISiloGrain
{
    public Task<SiloReport> Describe() => Task.FromResult(facts.Report(log?.Tail ?? 0));
}

/// <summary>What the process knows of itself.</summary>
public interface ISiloFacts
{
    SiloReport Report(long logTail);
}
