using System.Text.Json;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Models;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Decisions;

/// <summary>The answer to one decision request.</summary>
/// <param name="Prediction">Predicted class; null for models without classes.</param>
/// <param name="Score">Probability of the positive class; null for models without classes.</param>
/// <param name="Outputs">Output tensors by name; null for two-class models.</param>
/// <param name="Variant">Which answered; empty for fixed outputs.</param>
/// <param name="Model"><c>name@version</c>; of fixed outputs, the assigned variant's.</param>
/// <param name="Kind">Where the answer came from; left out where the assigned variant's model made it.</param>
/// <param name="Assigned">The variant assigned, where a fallback answered in its place; else left out.</param>
public sealed record DecisionResponse(
    string DecisionId,
    string? Unit,
    string? Prediction,
    double? Score,
    IReadOnlyDictionary<string, JsonElement>? Outputs,
    string Variant,
    string Model,
    DecisionKind Kind = DecisionKind.Model,
    string? Assigned = null);

/// <summary>The true label of one decision, as a client reports it.</summary>
public sealed record OutcomeReport(string DecisionId, string Label);

/// <param name="Accepted">New outcomes, kept.</param>
/// <param name="Repeated">Outcomes already known with the same label; no effect.</param>
/// <param name="Refused">Outcomes not taken: unknown decision, another label than before, or a label that is not a class of the model.</param>
public sealed record OutcomeReceipt(int Accepted, int Repeated, IReadOnlyList<RefusedOutcome> Refused);

public sealed record RefusedOutcome(string DecisionId, Refusals.Refusal Refusal);

/// <summary>The whole chain behind a decision, from its answer back to the source file.</summary>
/// <param name="Mirrors">Of a shadow's decision, the one it mirrors; else null.</param>
/// <param name="Shadows">The shadows' decisions that mirror this one, as far as they were found close behind it; null: none.</param>
/// <param name="Log">Where the log's owner did not answer: up to which address what it had shipped was looked at. An outcome may stand behind that. Null: it answered.</param>
public sealed record DecisionExplanation(
    string DecisionId,
    DateTimeOffset At,
    string Endpoint,
    long Revision,
    string Variant,
    string VariantReason,
    string? Unit,
    string RequestId,
    IReadOnlyDictionary<string, JsonElement> Features,
    IReadOnlyDictionary<string, JsonElement> Outputs,
    string? Prediction,
    OutcomeRecord? Outcome,
    ModelVersion? ModelVersion,
    TrainingRun? TrainingRun,
    DatasetVersion? DatasetVersion,
    string Worker,
    int BatchRows,
    long DeviceNanoseconds,
    int PriceBookVersion,
    Picodollars Cost,
    long LatencyMicroseconds,
    string? Mirrors = null,
    IReadOnlyList<string>? Shadows = null,
    LogStanding? Log = null);
