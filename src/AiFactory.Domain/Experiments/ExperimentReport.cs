using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Experiments;

/// <summary>How an endpoint's variants compare, from its decisions and their outcomes so far.</summary>
/// <param name="Differences">For every variant but the first: its difference to the first, by metric.</param>
/// <param name="SampleRatioP">Chi-squared p-value of the present revision's exposures against its weights; below 0.001 the split is suspect. Null with one variant, and where weights were shifted within the revision.</param>
/// <param name="Logs">How each decision log of the factory counts in it.</param>
public sealed record ExperimentReport(
    string Endpoint,
    long Revision,
    DecisionEconomy? Economy,
    IReadOnlyList<VariantReport> Variants,
    IReadOnlyList<VariantDifference> Differences,
    double? SampleRatioP,
    DateTimeOffset AsOf,
    IReadOnlyList<LogStanding>? Logs = null);

/// <param name="Exposures">Decisions made.</param>
/// <param name="Outcomes">Decisions whose outcome is known.</param>
/// <param name="Accuracy">Share of known outcomes predicted right, Wilson 95% interval; null before the first outcome.</param>
/// <param name="ValueUsdPerDecision">Mean value a decision with known outcome under the stated economy, 95% interval (Welch).</param>
public sealed record VariantReport(
    string Variant,
    string Model,
    double Weight,
    long Exposures,
    long Outcomes,
    long Correct,
    Estimate? Accuracy,
    Estimate? ValueUsdPerDecision,
    decimal ValueUsd,
    Picodollars Cost,
    decimal CostPer1000DecisionsUsd);

/// <param name="Metric"><c>accuracy</c> or <c>value_usd_per_decision</c>.</param>
/// <param name="Difference">Variant minus baseline, 95% Welch interval: right for one look, at a time fixed beforehand.</param>
/// <param name="P">Two-sided p-value of no difference, for one look too.</param>
/// <param name="AnyTime">The same difference with a 95% interval that holds however often one looks; null for fewer than 20 outcomes on a side.</param>
/// <param name="AnyTimeP">Two-sided p-value that holds however often one looks.</param>
public sealed record VariantDifference(string Variant, string Baseline, string Metric, Estimate Difference, double P, Estimate? AnyTime = null, double? AnyTimeP = null)
{
    /// <summary>The variant that is better beyond doubt, whenever that is asked; null while they are not told apart.</summary>
    public string? Better => AnyTime switch
    {
        { Low: > 0 } => Variant,
        { High: < 0 } => Baseline,
        _ => null,
    };
}
