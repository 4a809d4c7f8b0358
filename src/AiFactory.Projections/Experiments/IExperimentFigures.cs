using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;

namespace AiFactory.Projections.Experiments;

/// <summary>Exposures and outcomes by variant, fed from the decision log, each record exactly once.</summary>
public interface IExperimentFigures
{
    /// <summary>Totals once every record before the log's present tail is counted.</summary>
    Task<FiguresShare> Read(EndpointKey endpoint, CancellationToken cancellation);

    /// <summary>The outcome that counts for a decision; null while none is known.</summary>
    Task<OutcomeRecord?> ReadOutcome(long decisionAddress, CancellationToken cancellation);
}

/// <summary>Takes outcomes in: checks each against its decision, appends new ones to the log, and knows repeated ones.</summary>
public interface IOutcomeIntake
{
    Task<OutcomeReceipt> Report(string tenant, string endpoint, IReadOnlyList<OutcomeReport> outcomes, CancellationToken cancellation);
}
