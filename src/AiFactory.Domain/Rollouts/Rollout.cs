using AiFactory.Domain.Models;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Rollouts;

/// <summary>What a guard watches.</summary>
public enum GuardMetric
{
    /// <summary>Share of requests that failed for the factory's or the model's fault.</summary>
    ErrorRate,

    /// <summary>Mean latency of the answered, arrival to record.</summary>
    Latency,

    /// <summary>Share of known outcomes predicted right.</summary>
    Accuracy,

    /// <summary>Mean value of a decision with known outcome, by the endpoint's economy.</summary>
    Value,
}

/// <summary>A metric in which the candidate must not be worse than the baseline by more than a tolerance.</summary>
/// <param name="Tolerance">
/// At least 0: of error rate and accuracy a difference of shares, of latency a share of the baseline's mean, of value an amount in USD a decision.
/// Null: 0.005, 0.01, 0.1 and 0.
/// </param>
public sealed record RolloutGuard(GuardMetric Metric, double? Tolerance = null);

/// <summary>What a user asks for: a candidate that takes over a variant's units step by step while it is no worse.</summary>
/// <param name="Candidate">Model version that shall take over.</param>
/// <param name="Variant">Name of the candidate's variant; null: <c>MODEL-vVERSION</c>.</param>
/// <param name="Baseline">Variant whose units it takes over; null: the only one with any.</param>
/// <param name="Steps">Shares of the baseline's units, in percent, growing, the last 100; null: 1, 5, 25, 50, 100.</param>
/// <param name="StepSeconds">Least time at a step, 1 to 2592000 (30 days).</param>
/// <param name="StepRequests">Least requests of the candidate, and of a baseline that has units left, at a step, 1 to 1000000000.</param>
/// <param name="Guards">Null or empty: error rate and latency.</param>
/// <param name="Alpha">Most probability of rolling back a candidate that is no worse, above 0, below 0.5.</param>
public sealed record RolloutSpec(
    ModelVersionKey Candidate,
    string? Variant = null,
    string? Baseline = null,
    IReadOnlyList<double>? Steps = null,
    double StepSeconds = 60,
    long StepRequests = 100,
    IReadOnlyList<RolloutGuard>? Guards = null,
    double Alpha = 0.05);

public enum RolloutStatus
{
    /// <summary>The candidate's model is being loaded.</summary>
    Starting,

    /// <summary>The candidate has a share.</summary>
    Running,

    /// <summary>The candidate has all of the baseline's units.</summary>
    Completed,

    /// <summary>The baseline has all of its units again.</summary>
    RolledBack,

    /// <summary>Somebody changed the endpoint: it is theirs now.</summary>
    Superseded,
}

/// <summary>What a guard found at the last look.</summary>
/// <param name="Baseline">The metric's mean; of latency in seconds.</param>
/// <param name="Worse">By how much the candidate is worse, negative when it is better, with an interval that holds over all looks.</param>
/// <param name="Tolerance">In the metric's own unit.</param>
/// <param name="Violated">Whether all of the interval is above the tolerance.</param>
public sealed record GuardReading(GuardMetric Metric, double Baseline, double Candidate, Estimate Worse, double Tolerance, bool Violated);

/// <summary>A rollout as it stands.</summary>
/// <param name="Spec">With every default filled in.</param>
/// <param name="Weight">Percent of the endpoint's units that baseline and candidate share.</param>
/// <param name="Revision">The endpoint's revision that the rollout steers; 0 before there is one.</param>
/// <param name="Step">From 0.</param>
/// <param name="Share">Percent of the baseline's units that the candidate has, or is being given.</param>
/// <param name="BaselineFigures">Of this step.</param>
/// <param name="OutcomeStart">Outcome figures before the rollout, which do not count; null before they are known.</param>
/// <param name="Reason">Why it ended; null while it goes on.</param>
/// <param name="Operation">Names what started it; null: it has no name.</param>
/// <param name="RevisionBefore">The endpoint's revision when it began; null in rollouts kept before this was.</param>
public sealed record Rollout(
    string Endpoint,
    RolloutSpec Spec,
    string Baseline,
    string Candidate,
    double Weight,
    RolloutStatus Status,
    long Revision,
    int Step,
    double Share,
    DateTimeOffset StartedAt,
    DateTimeOffset StepAt,
    ArmFigures BaselineFigures,
    ArmFigures CandidateFigures,
    OutcomeFigures? OutcomeStart,
    IReadOnlyList<GuardReading> Guards,
    string? Reason = null,
    DateTimeOffset? EndedAt = null,
    string? Operation = null,
    long? RevisionBefore = null);
