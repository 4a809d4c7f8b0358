using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Refusals;
using AiFactory.Projections.Experiments;
using AiFactory.Projections.Finance;

namespace AiFactory.Grains.Decisions;

/// <summary>Answers for the log of this process, to its grain or, in a client, to the relay.</summary>
internal sealed class LogOwner(IDecisionLog log, ILedger ledger, IExperimentFigures figures, IOutcomeIntake intake) : IDecisionLogObserver
{
    private const int ShadowsWithin = 10_000;

    public Task<DecisionRecord> Read(string tenant, long address) =>
        Task.FromResult(Find(tenant, address) ?? throw new RefusedException(NotFound(address)));

    public Task<OutcomeRecord?> ReadOutcome(string tenant, long address) =>
        Find(tenant, address) is null ? throw new RefusedException(NotFound(address)) : figures.ReadOutcome(address, CancellationToken.None);

    // There is no index to find them by; but a shadow answers soon after, or never.
    public Task<IReadOnlyList<long>> ReadShadows(string tenant, long address) => Task.Run<IReadOnlyList<long>>(() =>
        log.ReadHeadsFrom(address).Take(ShadowsWithin).Where(entry => entry.Record is null && entry.Decision.Kind == DecisionKind.Shadow && entry.Decision.Original == address && entry.Decision.Tenant == tenant)
            .Select(entry => entry.Address).ToArray());

    // Seconds of records at most: what a gateway that died had under way. Outside the grain's turn all the same, as above.
    public Task<IReadOnlyList<FoundDecision>> FindRequest(string tenant, long from, string requestId) => Task.Run<IReadOnlyList<FoundDecision>>(() => log.ReadFrom(from)
        .Where(entry => entry.Record is DecisionRecord decision && decision.IsFor(tenant, requestId))
        .Select(entry => new FoundDecision(entry.Address, (DecisionRecord)entry.Record)).ToArray());

    public Task<OutcomeReceipt> ReportOutcomes(string tenant, string endpoint, IReadOnlyList<OutcomeReport> outcomes) =>
        intake.Report(tenant, endpoint, outcomes, CancellationToken.None);

    public Task<LedgerShare> ReadLedger(string tenant) => ledger.Share(tenant, CancellationToken.None);

    public Task<ReconciliationShare> Recount(string tenant) => ledger.Recount(tenant, CancellationToken.None);

    public Task<FiguresShare> ReadFigures(string tenant, string endpoint) => figures.Read(new(tenant, endpoint), CancellationToken.None);

    private DecisionRecord? Find(string tenant, long address) => log.Read(address) is DecisionRecord decision && decision.Tenant == tenant ? decision : null;

    private Refusal NotFound(long address) => new("decision-not-found", RefusalKind.NotFound, $"There is no decision {new DecisionId(log.Name, address)}.",
        "decision id", "Use the id that came with the decision.");
}
