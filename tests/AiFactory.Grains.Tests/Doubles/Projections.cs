using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using AiFactory.Projections.Experiments;
using AiFactory.Projections.Finance;

namespace AiFactory.Grains.Tests.Doubles;

internal sealed class FixedLedger : ILedger
{
    public static readonly DateTimeOffset AsOf = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static readonly Picodollars Total = new(((Int128)1 << 80) + 7);

    public Task<CostStatement> Statement(string tenant, CancellationToken cancellation) => Task.FromResult(new CostStatement(
        tenant, [new StatementLine("endpoint/churn/variant/a", 3, Total)], Total, default, default, default, Total,
        new Dictionary<string, decimal> { ["churn/a"] = 0.000001m }, AsOf));

    public Task<CostReconciliation> Reconcile(string tenant, CancellationToken cancellation) =>
        Task.FromResult(new CostReconciliation(3, Total, Total, Total, Total, true, []));
}

internal sealed class FixedFigures : IExperimentFigures
{
    public Task<IReadOnlyList<VariantFigures>> Read(EndpointKey endpoint, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<VariantFigures>>([new VariantFigures("a", "fig@1", 10, 3, 1, 5, 1, new Picodollars(10_000))]);

    public Task<OutcomeRecord?> ReadOutcome(long decisionAddress, CancellationToken cancellation) => Task.FromResult<OutcomeRecord?>(null);
}
