using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Projections.Storage;

namespace AiFactory.Projections.Experiments;

internal sealed class ExperimentFigures(IDecisionLog log, LogReader<ExperimentStore> reader) : IExperimentFigures
{
    public Task<IReadOnlyList<VariantFigures>> Read(EndpointKey endpoint, CancellationToken cancellation) =>
        reader.Query(store => store.Figures(endpoint), cancellation);

    public Task<OutcomeRecord?> ReadOutcome(long decisionAddress, CancellationToken cancellation) =>
        reader.Query(store => store.Outcome(log.Name, decisionAddress), cancellation);
}
