using System.Globalization;
using System.Text.Json;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Rows;
using AiFactory.Grains.Datasets;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Models;
using AiFactory.Grains.Training;

namespace AiFactory.Gateway.Decisions;

/// <summary>Walks from a decision's record back to the file its model learned from.</summary>
internal sealed class Explanation(IGrainFactory grains, LogDirectory logs, ShippedDecisions shipped, RoutingSnapshots routing, string tenant)
{
    private const int Buckets = 10_000;

    /// <exception cref="RefusedException"><c>decision-not-found, decision-log-unavailable</c>.</exception>
    public async Task<DecisionExplanation> Of(DecisionId id, CancellationToken cancellation)
    {
        var (decision, outcome, shadows, standing) = await ReadLog(id, cancellation);
        var model = await Find(() => grains.GetGrain<IModelVersionGrain>(new ModelVersionKey(tenant, decision.Model, decision.ModelVersion).ToGrainKey()).Get());
        var run = model?.Origin.TrainingRunId is { } runId
            ? await Find(() => grains.GetGrain<ITrainingRunGrain>(new TrainingRunKey(tenant, runId).ToGrainKey()).Get())
            : null;
        var dataset = (model?.Origin.Dataset ?? run?.Spec.Dataset) is { } key
            ? await Find(() => grains.GetGrain<IDatasetGrain>(new DatasetKey(tenant, key.Dataset).ToGrainKey()).GetVersion(key.Version))
            : null;
        return new(
            id.ToString(),
            decision.At,
            decision.Endpoint,
            decision.Revision,
            decision.Variant,
            await Reason(decision, cancellation) + Origin(decision, id.Log),
            decision.Unit.Length == 0 ? null : decision.Unit,
            decision.RequestId,
            Unpack(model?.Signature.Inputs, decision.Features, decision.Rows, model?.Signature.Sequence is not null),
            Unpack(model?.Signature.Outputs, decision.Outputs, decision.Rows),
            decision.Predicted.Length == 0 ? null : decision.Predicted,
            outcome,
            model,
            run,
            dataset,
            decision.Worker,
            decision.BatchRows,
            decision.DeviceNanoseconds,
            decision.PriceBookVersion,
            decision.Cost,
            decision.LatencyMicroseconds,
            decision.Kind == DecisionKind.Shadow ? new DecisionId(id.Log, decision.Original).ToString() : null,
            shadows.Count == 0 ? null : [.. shadows.Select(address => new DecisionId(id.Log, address).ToString())],
            standing);
    }

    /// <summary>Packed rows as JSON values by tensor name: one row's value, or an array with one for each row. Missing numbers are null.</summary>
    /// <param name="sequence">Whether each row begins with the sequence that it belongs to, which is left out.</param>
    public static IReadOnlyDictionary<string, JsonElement> Unpack(IReadOnlyList<TensorSpec>? tensors, ReadOnlyMemory<byte> packed, int rows, bool sequence = false)
    {
        var texts = (tensors ?? []).Select(_ => new ByteBuffer()).ToArray();
        var rest = packed.Span;
        for (var row = 0; tensors is not null && row < rows; row++)
        {
            rest = sequence ? rest[SequencePrefix.Read(rest).Length..] : rest;
            for (var i = 0; i < tensors.Count; i++)
            {
                var length = PackedRows.TensorLength(tensors[i], rest);
                if (row > 0)
                {
                    texts[i].Append((byte)',');
                }

                var start = texts[i].Length;
                JsonText.WriteRow(texts[i], tensors[i], rest[..length]);
                if (tensors[i].DataType != TensorDataType.Bytes && texts[i].Span[start..].SequenceEqual("\"NaN\""u8))
                {
                    texts[i].Truncate(start);
                    texts[i].Append("null"u8);
                }

                rest = rest[length..];
            }
        }

        var values = new Dictionary<string, JsonElement>();
        for (var i = 0; i < texts.Length; i++)
        {
            values[tensors![i].Name] = JsonElement.Parse(rows == 1 ? texts[i].Span : [(byte)'[', .. texts[i].Span, (byte)']']);
        }

        return values;
    }

    private async Task<LoggedDecision> ReadLog(DecisionId id, CancellationToken cancellation)
    {
        try
        {
            return await AskOwner(id, cancellation);
        }
        catch (RefusedException refused) when (refused.Refusal.Kind == RefusalKind.Unavailable)
        {
            if (await shipped.Read(tenant, id, cancellation) is { } found)
            {
                return found;
            }

            throw;
        }
    }

    private async Task<LoggedDecision> AskOwner(DecisionId id, CancellationToken cancellation)
    {
        var decision = await logs.Ask(id.Log, log => log.Read(tenant, id.Address), cancellation);
        var outcome = await logs.Ask(id.Log, log => log.ReadOutcome(tenant, id.Address), cancellation);
        var shadows = decision.Kind is DecisionKind.Model or DecisionKind.Cached or DecisionKind.Fallback
            ? await logs.Ask(id.Log, log => log.ReadShadows(tenant, id.Address), cancellation)
            : [];
        return new(decision, outcome, shadows);
    }

    // What answered, where it was not simply the assigned variant.
    private static string Origin(DecisionRecord decision, string log) => decision.Kind switch
    {
        DecisionKind.Cached => $"; the answer to the same input was given again, from decision {new DecisionId(log, decision.Original)}",
        DecisionKind.Fallback => $"; it could not answer, and variant {decision.Variant} did in its place",
        DecisionKind.Default => "; it did not answer, and the endpoint's fixed outputs did in its place",
        DecisionKind.Shadow => $"; shadow {decision.Variant} was shown the request of decision {new DecisionId(log, decision.Original)}, and nobody was answered",
        DecisionKind.Pinned => $"; the caller asked for variant {decision.Variant}",
        _ => "",
    };

    private async Task<string> Reason(DecisionRecord decision, CancellationToken cancellation)
    {
        var assigned = decision.Assigned.Length > 0 ? decision.Assigned : decision.Variant;
        var subject = decision.Unit.Length > 0 ? $"unit '{decision.Unit}'" : $"request '{decision.RequestId}'";
        var routes = await routing.Of(tenant, cancellation);
        if (routes.Current!.Endpoints.TryGetValue(decision.Endpoint, out var served) && served.Route.Revision == decision.Revision
            && served.Route.Variants.FirstOrDefault(variant => variant.Name == assigned) is { } variant
            && variant.From <= decision.Bucket / (double)Buckets && decision.Bucket / (double)Buckets < variant.To)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"{subject} hashes to bucket {decision.Bucket} of {Buckets} (salt {served.Route.Salt}); variant {variant.Name} holds {First(variant.From)}-{First(variant.To) - 1}");
        }

        var endpoint = await Find(() => grains.GetGrain<IEndpointGrain>(new EndpointKey(tenant, decision.Endpoint).ToGrainKey()).Get());
        var salt = endpoint is null ? "" : $" (salt {endpoint.Salt})";
        return string.Create(CultureInfo.InvariantCulture,
            $"{subject} hashes to bucket {decision.Bucket} of {Buckets}{salt}; variant {assigned} held that bucket then, in revision {decision.Revision}");
    }

    // First bucket whose point in [0, 1) is at or above a bound.
    private static int First(double bound) => (int)Math.Ceiling(Math.Round(bound * Buckets, 6));

    private static async Task<T?> Find<T>(Func<Task<T>> get)
        where T : class
    {
        try
        {
            return await get();
        }
        catch (RefusedException refused) when (refused.Refusal.Kind == RefusalKind.NotFound)
        {
            return null;
        }
    }
}
