using AiFactory.Domain.Decisions;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Projections.Experiments;

internal static class OutcomeRefusals
{
    public static Refusal NotFound(string decisionId) => new(
        "decision-not-found", RefusalKind.NotFound, $"There is no decision {decisionId} on this endpoint.", decisionId, "Use the id that came with the decision, and its endpoint.");

    public static Refusal NoClasses(string decisionId) => new(
        "outcome-without-classes", RefusalKind.Unprocessable, "That decision did not choose between two classes, so it has no true label.", decisionId,
        "Report outcomes only for one-row decisions of two-class models.");

    public static Refusal UnknownLabel(OutcomeReport outcome, BinaryClasses classes) => new(
        "label-unknown", RefusalKind.Unprocessable, $"'{outcome.Label}' is not a class of the model.", outcome.DecisionId,
        $"Report '{classes.Positive}' or '{classes.Negative}'.");

    public static Refusal Conflict(OutcomeReport outcome, string known) => new(
        "outcome-conflict", RefusalKind.Conflict, $"The outcome of this decision is known as '{known}', not '{outcome.Label}'.", outcome.DecisionId,
        "The first outcome counts; check which one is right.");
}
