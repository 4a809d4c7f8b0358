using AiFactory.Domain.Decisions;

namespace AiFactory.Grains.Decisions;

/// <summary>A silo's decision log, for whoever is not on that silo. Key: <c>siloName/log</c>, placed on that silo.</summary>
[Alias("aifactory.decision-log"), Version(1)]
public interface IDecisionLogGrain : IGrainWithStringKey
{
    /// <summary>The decision at an address, or a refusal <c>decision-not-found</c>.</summary>
    [Alias("Read")]
    Task<DecisionRecord> Read(string tenant, long address);

    /// <summary>Decisions from an address on that were made for a request, or for one of the several that it held, whose names begin with its own and a hyphen.</summary>
    [Alias("FindRequest")]
    Task<IReadOnlyList<FoundDecision>> FindRequest(string tenant, long from, string requestId);

    /// <summary>The outcome of a decision, once known; null until then.</summary>
    [Alias("ReadOutcome")]
    Task<OutcomeRecord?> ReadOutcome(string tenant, long address);

    /// <summary>Addresses of the shadows' decisions that mirror the one at an address, as far as they are among the records that follow it closely.</summary>
    [Alias("ReadShadows")]
    Task<IReadOnlyList<long>> ReadShadows(string tenant, long address);

    /// <summary>Keeps outcomes beside their decisions; acknowledged once in the log.</summary>
    [Alias("ReportOutcomes")]
    Task<OutcomeReceipt> ReportOutcomes(string tenant, string endpoint, IReadOnlyList<OutcomeReport> outcomes);
}
