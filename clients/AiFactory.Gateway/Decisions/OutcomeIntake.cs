using System.Text.Json;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Grains.Decisions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Decisions;

/// <summary>Takes outcomes in and hands each to the log that holds its decision.</summary>
internal sealed class OutcomeIntake(IGrainFactory grains, IOptions<GatewayOptions> options)
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
            receipts.Add(byLog.Key is null ? Malformed(byLog) : await Hand(byLog.Key, [.. byLog], tenant, endpoint));
        }

        var receipt = new OutcomeReceipt(receipts.Sum(part => part.Accepted), receipts.Sum(part => part.Repeated), [.. receipts.SelectMany(part => part.Refused)]);
        return single && receipt.Refused is [var refused] ? throw new RefusedException(refused.Refusal) : receipt;
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

    private async Task<OutcomeReceipt> Hand(string log, OutcomeReport[] outcomes, string tenant, string endpoint)
    {
        try
        {
            return await grains.GetGrain<IDecisionLogGrain>($"{log}/log").ReportOutcomes(tenant, endpoint, outcomes);
        }
        catch (Exception failure) when (Failures.IsUnavailable(failure))
        {
            var refusal = await Explanation.Unanswered(grains, log);
            return new(0, 0, [.. outcomes.Select(outcome => new RefusedOutcome(outcome.DecisionId, refusal))]);
        }
    }

    private static OutcomeReceipt Malformed(IEnumerable<OutcomeReport> outcomes) =>
        new(0, 0, [.. outcomes.Select(outcome => new RefusedOutcome(outcome.DecisionId, DecisionId.Parse(outcome.DecisionId).Refusal!))]);
}
