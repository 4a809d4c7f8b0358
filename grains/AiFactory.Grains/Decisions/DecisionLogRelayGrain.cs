using AiFactory.Domain.Decisions;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using Orleans.Concurrency;

namespace AiFactory.Grains.Decisions;

/// <summary>Stands in for the log of a client, as long as that client says that it is there.</summary>
[GrainType(DecisionLogs.RelayType), Reentrant]
internal sealed class DecisionLogRelayGrain(TimeProvider time) : Grain, IDecisionLogGrain, IDecisionLogRelayGrain
{
    /// <summary>A client that is silent for longer is taken for gone. Three times what it takes to say so again, and more.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

    private IDecisionLogObserver? _owner;
    private long _heardAt;

    private IDecisionLogObserver Owner => _owner is not null && time.GetElapsedTime(_heardAt) <= SilenceMax
        ? _owner
        : throw new SiloUnavailableException($"The client that keeps the decision log '{this.GetPrimaryKeyString()}' is not there.");

    public Task Register(IDecisionLogObserver owner)
    {
        (_owner, _heardAt) = (owner, time.GetTimestamp());
        return Task.CompletedTask;
    }

    public Task<DecisionRecord> Read(string tenant, long address) => Owner.Read(tenant, address);

    public Task<IReadOnlyList<FoundDecision>> FindRequest(string tenant, long from, string requestId) => Owner.FindRequest(tenant, from, requestId);

    public Task<OutcomeRecord?> ReadOutcome(string tenant, long address) => Owner.ReadOutcome(tenant, address);

    public Task<IReadOnlyList<long>> ReadShadows(string tenant, long address) => Owner.ReadShadows(tenant, address);

    public Task<OutcomeReceipt> ReportOutcomes(string tenant, string endpoint, IReadOnlyList<OutcomeReport> outcomes) => Owner.ReportOutcomes(tenant, endpoint, outcomes);

    public Task<LedgerShare> ReadLedger(string tenant) => Owner.ReadLedger(tenant);

    public Task<ReconciliationShare> Recount(string tenant) => Owner.Recount(tenant);

    public Task<FiguresShare> ReadFigures(string tenant, string endpoint) => Owner.ReadFigures(tenant, endpoint);
}
