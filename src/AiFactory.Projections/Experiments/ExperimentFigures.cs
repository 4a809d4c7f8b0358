using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Projections.Storage;

namespace AiFactory.Projections.Experiments;

internal sealed class ExperimentFigures(IDecisionLog log, LogReader<ExperimentStore> reader) : IExperimentFigures
{
    public Task<FiguresShare> Read(EndpointKey endpoint, CancellationToken cancellation) =>
        reader.Query(store => new FiguresShare(reader.Position, store.Figures(endpoint).ToArray()), cancellation);

    public Task<OutcomeRecord?> ReadOutcome(long decisionAddress, CancellationToken cancellation) =>
        reader.Query(store => store.Outcome(log.Name, decisionAddress), cancellation);
}
