using AiFactory.Domain.Decisions;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using AiFactory.Grains.Placement;
using Orleans.Concurrency;

namespace AiFactory.Grains.Decisions;

/// <summary>The log of the silo that it is placed on.</summary>
[GrainType(DecisionLogs.SiloLogType), OwningSiloPlacement, Reentrant]
internal sealed class DecisionLogGrain(LogOwner owner) : Grain, IDecisionLogGrain
{
    public Task<DecisionRecord> Read(string tenant, long address) => owner.Read(tenant, address);

    public Task<OutcomeRecord?> ReadOutcome(string tenant, long address) => owner.ReadOutcome(tenant, address);

    public Task<IReadOnlyList<long>> ReadShadows(string tenant, long address) => owner.ReadShadows(tenant, address);

    public Task<OutcomeReceipt> ReportOutcomes(string tenant, string endpoint, IReadOnlyList<OutcomeReport> outcomes) => owner.ReportOutcomes(tenant, endpoint, outcomes);

    public Task<IReadOnlyList<FoundDecision>> FindRequest(string tenant, long from, string requestId) => owner.FindRequest(tenant, from, requestId);

    public Task<LedgerShare> ReadLedger(string tenant) => owner.ReadLedger(tenant);

    public Task<ReconciliationShare> Recount(string tenant) => owner.Recount(tenant);

    public Task<FiguresShare> ReadFigures(string tenant, string endpoint) => owner.ReadFigures(tenant, endpoint);
}
