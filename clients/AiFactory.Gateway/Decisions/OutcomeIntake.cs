using System.Text.Json;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Decisions;

/// <summary>Takes outcomes in and hands each to the log that holds its decision.</summary>
internal sealed class OutcomeIntake(LogDirectory logs, IOptions<GatewayOptions> options)
{
    /// <exception cref="RefusedException">The body is not outcomes, or it was a single one and that was refused.</exception>
    public async Task<OutcomeReceipt> Report(HttpContext context, string tenant, string endpoint)
    {
        var body = await context.ReadJson<JsonElement>();
        var single = body.ValueKind == JsonValueKind.Object;
        var outcomes = Parse(body, single);
        var receipts = new List<OutcomeReceipt>();
        foreach (var byLog in outcomes.GroupBy(outcome => DecisionId.Parse(outcome.DecisionId).Value.Log, StringComparer.Ordinal))
        {
            receipts.Add(byLog.Key is null ? Malformed(byLog) : await Hand(byLog.Key, [.. byLog], tenant, endpoint, context.RequestAborted));
        }

        var receipt = new OutcomeReceipt(receipts.Sum(part => part.Accepted), receipts.Sum(part => part.Repeated), [.. receipts.SelectMany(part => part.Refused)]);

        // One that was refused is the answer; so is a log that does not answer, where nothing at all was taken.
        return receipt.Refused is [var first, ..] && (single || (receipt is { Accepted: 0, Repeated: 0 } && receipt.Refused.All(refused => refused.Refusal.Kind == RefusalKind.Unavailable)))
            ? throw new RefusedException(first.Refusal)
            : receipt;
    }

    private OutcomeReport[] Parse(JsonElement body, bool single)
    {
        OutcomeReport?[] outcomes;
        try
        {
            outcomes = single ? [body.Deserialize<OutcomeReport>(FactoryJson.Options)] : body.Deserialize<OutcomeReport?[]>(FactoryJson.Options) ?? [];
        }
        catch (JsonException failure)
        {
            throw new RefusedException(Failures.MalformedJson(failure), failure);
        }

        if (outcomes.Length > options.Value.OutcomesMax)
        {
            throw new RefusedException(new("outcomes-too-many", RefusalKind.TooLarge, $"A report may hold at most {options.Value.OutcomesMax} outcomes.", "body", "Split them over several reports."));
        }

        foreach (var outcome in outcomes)
        {
            RequestArguments.Required(outcome?.DecisionId, "decisionId");
            RequestArguments.Required(outcome!.Label, "label");
        }

        return outcomes!;
    }

    private async Task<OutcomeReceipt> Hand(string log, OutcomeReport[] outcomes, string tenant, string endpoint, CancellationToken cancellation)
    {
        try
        {
            return await logs.Ask(log, grain => grain.ReportOutcomes(tenant, endpoint, outcomes), cancellation);
        }
        catch (RefusedException refused) when (refused.Refusal.Kind is RefusalKind.Unavailable or RefusalKind.NotFound)
        {
            return new(0, 0, [.. outcomes.Select(outcome => new RefusedOutcome(outcome.DecisionId, refused.Refusal))]);
        }
    }

    private static OutcomeReceipt Malformed(IEnumerable<OutcomeReport> outcomes) =>
        new(0, 0, [.. outcomes.Select(outcome => new RefusedOutcome(outcome.DecisionId, DecisionId.Parse(outcome.DecisionId).Refusal!))]);
}
