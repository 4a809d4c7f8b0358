using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Shadows;
using AiFactory.Gateway.Telemetry;
using AiFactory.Threading;

namespace AiFactory.Gateway.Decisions;

/// <summary>What every decision goes through, however it was asked: inference on a replica, the record, the wait for the disk.</summary>
internal sealed class DecisionLine(
    IDecisionLog log, VariantCall calls, GivenAnswers given, FallbackChain fallbacks, ShadowMirror mirror, GatewayMeter meter, TimeProvider time)
{
    /// <summary>The name of the log that holds the decision: first half of its id.</summary>
    public string LogName(in Asked asked) => asked.Rows.Recalled?.Log ?? log.Name;

    /// <summary>As <see cref="TryInfer"/>, for callers that pass refusals on as exceptions.</summary>
    /// <exception cref="RefusedException">Why there is no answer.</exception>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    [AsyncMethodBuilder(typeof(ReusedMethodBuilder))]
    public async ValueTask Infer(Asked asked)
    {
        if (await TryInfer(asked) is { } refused)
        {
            throw refused.ToException();
        }
    }

    /// <summary>
    /// Gets the rows answered: from the cache, by the assigned variant, or by what the endpoint falls back to. Endpoints without cache and fallbacks, and
    /// requests that name their variant, go straight to it. Of a stopped endpoint only its fixed outputs answer.
    /// </summary>
    /// <returns>Why there is no answer; null: the rows hold it.</returns>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public ValueTask<Refused?> TryInfer(in Asked asked) => asked.Rows.Held is null ? TryInferAnew(asked) : TryInferOnce(asked);

    private ValueTask<Refused?> TryInferAnew(in Asked asked) =>
        asked.Endpoint.Shield.Plain || (asked.Kind == DecisionKind.Pinned && asked.Endpoint.Stopped is null) ? calls.Ask(asked.Endpoint, asked.Wanted, asked.Rows) : InferGuarded(asked);

    /// <summary>Appends the decision's record: from here on it outlives this process.</summary>
    /// <exception cref="RefusedException"><c>log-full</c>: nothing was recorded, and the decision must not be answered.</exception>
    public Decided Record(in Asked asked)
    {
        var (route, variant, rows) = (asked.Endpoint.Route, asked.Variant, asked.Rows);
        var classes = variant.Route.Classes;
        var score = classes is null || rows.Rows != 1 || variant.ScoreIndex < 0 ? double.NaN : Score(asked);
        var hasClasses = classes is not null && rows.Rows == 1 && variant.ScoreIndex >= 0;
        var positive = hasClasses && score >= classes!.Threshold;
        if (rows.Recalled is { } before)
        {
            return new(before.Address, hasClasses, before.Decision.PositivePredicted, score, before.Decision.LatencyMicroseconds);
        }

        rows.Held?.BeforeRecord();
        var duration = time.GetElapsedTime(asked.ArrivedAt);
        var (shield, isFixed) = (asked.Endpoint.Shield, rows.Kind == DecisionKind.Default);
        var address = log.Append(new DecisionRecord(
            time.GetUtcNow(),
            asked.Tenant,
            route.Endpoint,
            route.Revision,
            isFixed ? "" : variant.Route.Name,
            variant.Route.Model.Model,
            variant.Route.Model.Version,
            asked.RequestId,
            asked.Unit,
            asked.Bucket,
            rows.Rows,
            rows.Input.Memory,
            rows.Output,
            !hasClasses ? "" : positive ? classes!.Positive : classes!.Negative,
            positive,
            rows.Worker,
            rows.BatchRows,
            rows.DeviceNanoseconds,
            rows.PriceBookVersion,
            new Picodollars(rows.Picodollars),
            (long)duration.TotalMicroseconds,
            rows.Kind == DecisionKind.Model ? asked.Kind : rows.Kind,
            rows.FellBack ? asked.Wanted.Route.Name : asked.Assigned,
            rows.Original));
        if (shield.Cache is { } cache)
        {
            if (rows.Kind == DecisionKind.Model && asked.Kind == DecisionKind.Model)
            {
                cache.Keep(variant.ModelText, rows.Rows, rows.Input.Span, rows.Output.Span, address);
            }

            rows.Land();
        }

        var queue = time.GetElapsedTime(asked.ArrivedAt, rows.SentAt) + TimeSpan.FromTicks(rows.QueueNanoseconds / TimeSpan.NanosecondsPerTick);
        meter.Decision(in isFixed ? ref shield.FixedTags : ref variant.Tags, duration, queue, rows.DeviceNanoseconds, rows.Rows);
        if (rows.Kind is DecisionKind.Model or DecisionKind.Fallback)
        {
            variant.Counters.Answered((long)duration.TotalMicroseconds, (long)queue.TotalMicroseconds);
        }
        else if (rows.Kind == DecisionKind.Cached)
        {
            variant.Counters.Cached();
        }

        return new(address, hasClasses, positive, score, (long)duration.TotalMicroseconds);
    }

    /// <summary>Shows a request to the endpoint's shadows, if it has any. To be called once the answer is on its way, and while the rows are still there.</summary>
    public void Mirror(in Asked asked, in Decided decided)
    {
        if (asked.Endpoint.Shadows is not null && asked.Rows.Recalled is null)
        {
            mirror.Prepare(asked, decided)?.Start();
        }
    }

    /// <summary>As <see cref="Mirror"/>, for an answer that is not on its way yet: to be started when it is, the rows given back or not.</summary>
    public ShadowSending? PrepareMirror(in Asked asked, in Decided decided) => asked.Endpoint.Shadows is null || asked.Rows.Recalled is not null ? null : mirror.Prepare(asked, decided);

    /// <summary>Waits until everything recorded so far is as durable as the endpoint promises.</summary>
    public ValueTask Keep(EndpointRoute route, CancellationToken cancellation) =>
        route.Durability == Durability.Fsync ? log.WaitForFsync(log.Tail, cancellation) : ValueTask.CompletedTask;

    private static double Score(in Asked asked)
    {
        var outputs = asked.Variant.Route.Signature.Outputs;
        var row = asked.Rows.Output.Span;
        for (var i = 0; i < asked.Variant.ScoreIndex; i++)
        {
            row = row[PackedRows.TensorLength(outputs[i], row)..];
        }

        return outputs[asked.Variant.ScoreIndex].DataType switch
        {
            TensorDataType.Fp16 => (double)BinaryPrimitives.ReadHalfLittleEndian(row),
            TensorDataType.Fp32 => BinaryPrimitives.ReadSingleLittleEndian(row),
            _ => BinaryPrimitives.ReadDoubleLittleEndian(row),
        };
    }

    private async ValueTask<Refused?> TryInferOnce(Asked asked) => await asked.Rows.Held!.Recall(asked) ? null : await TryInferAnew(asked);

    [AsyncMethodBuilder(typeof(ReusedMethodBuilder<>))]
    private async ValueTask<Refused?> InferGuarded(Asked asked)
    {
        if (asked.Endpoint.Stopped is { } stopped)
        {
            asked.Rows.FellBack = given.TryGiveFixed(asked);
            return asked.Rows.FellBack ? null : new Refused(new RefusedException(stopped));
        }

        if (given.TryRepeat(asked, anyAge: false) || await given.TryShare(asked))
        {
            return null;
        }

        asked.Endpoint.Shield.Cache?.Missed();
        var refused = await calls.Ask(asked.Endpoint, asked.Wanted, asked.Rows);
        if (refused is not null)
        {
            asked.Rows.Land();
        }

        return refused is { MayFallBack: true } && asked.Endpoint.Shield.Fallbacks.Length > 0 ? await fallbacks.Answer(asked, refused) : refused;
    }
}
