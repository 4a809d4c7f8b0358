using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Telemetry;
using AiFactory.Gateway.Workers;

namespace AiFactory.Gateway.Decisions;

/// <summary>What every decision goes through, however it was asked: inference on a replica, the record, the wait for the disk.</summary>
internal sealed class DecisionLine(IDecisionLog log, PowerOfTwoChoices choice, GatewayMeter meter, TimeProvider time)
{
    /// <summary>The log's name: first half of every decision id.</summary>
    public string LogName => log.Name;

    /// <summary>Sends the rows to a replica, and to another one when the first cannot serve them.</summary>
    /// <exception cref="RefusedException"><c>sequence-missing, replicas-missing, workers-unavailable, workers-busy, deadline-exceeded</c>, or what the worker refused.</exception>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask Infer(Asked asked)
    {
        var (lanes, active, rows) = (asked.Variant.Lanes, asked.Variant.Active, asked.Rows);
        var remembers = asked.Variant.Remembers;
        var lane = (remembers ? SequencePlace.Choose(lanes.AsSpan(0, active), rows.SequenceId) : choice.Choose(lanes, active, except: null)) ?? throw NoReplica(asked);
        var end = await lane.Infer(rows);
        if (end is InferenceEnd.WorkerUnavailable or InferenceEnd.LaneFull && !remembers && choice.Choose(lanes, active, lane) is { } other)
        {
            end = await other.Infer(rows);
        }

        if (end == InferenceEnd.Abandoned || rows.Cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(rows.Cancellation);
        }

        if (end != InferenceEnd.Done)
        {
            throw Failed(asked, Refused(end, asked));
        }
    }

    /// <summary>Appends the decision's record: from here on it outlives this process.</summary>
    /// <exception cref="RefusedException"><c>log-full</c>: nothing was recorded, and the decision must not be answered.</exception>
    public Decided Record(in Asked asked)
    {
        var (route, variant, rows) = (asked.Endpoint.Route, asked.Variant, asked.Rows);
        var classes = variant.Route.Classes;
        var score = classes is null || rows.Rows != 1 || variant.ScoreIndex < 0 ? double.NaN : Score(asked);
        var hasClasses = classes is not null && rows.Rows == 1 && variant.ScoreIndex >= 0;
        var positive = hasClasses && score >= classes!.Threshold;
        var duration = time.GetElapsedTime(asked.ArrivedAt);
        var address = log.Append(new DecisionRecord(
            time.GetUtcNow(),
            asked.Tenant,
            route.Endpoint,
            route.Revision,
            variant.Route.Name,
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
            asked.Kind,
            asked.Assigned));
        var queue = time.GetElapsedTime(asked.ArrivedAt, rows.SentAt);
        meter.Decision(in variant.Tags, duration, queue, rows.DeviceNanoseconds, rows.Rows);
        variant.Counters.Answered((long)duration.TotalMicroseconds, (long)queue.TotalMicroseconds);
        return new(address, hasClasses, positive, score);
    }

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

    private static Exception NoReplica(in Asked asked) => Failed(asked, new RefusedException(new("replicas-missing", RefusalKind.Unavailable,
        $"No worker serves variant '{asked.Variant.Route.Name}' of '{asked.Endpoint.Route.Endpoint}' at present.", asked.Endpoint.Route.Endpoint, "Try again in a second; see factory status.")));

    private static Exception Failed(in Asked asked, Exception failure)
    {
        if (!Failures.IsCallers(failure))
        {
            asked.Variant.Counters.Failed();
        }

        return failure;
    }

    private static Exception Refused(InferenceEnd end, in Asked asked) => end switch
    {
        InferenceEnd.DeadlineMissed => new RefusedException(new("deadline-exceeded", RefusalKind.Timeout, "No worker answered before the request's deadline.",
            asked.Endpoint.Route.Endpoint, "Try again later, or give it more time.")),
        InferenceEnd.LaneFull => new RefusedException(new("workers-busy", RefusalKind.Unavailable, "More decisions are waiting than the workers may have before them.",
            asked.Endpoint.Route.Endpoint, "Try again in a second, or add workers.")),
        InferenceEnd.WorkerUnavailable => new RefusedException(new("workers-unavailable", RefusalKind.Unavailable,
            asked.Rows.Failure is RefusedException refused ? refused.Refusal.What : $"Worker {asked.Rows.Worker} did not answer.", asked.Endpoint.Route.Endpoint,
            "Try again in a second; the factory moves its work to the workers that are left."), asked.Rows.Failure),
        _ => asked.Rows.Failure switch
        {
            RefusedException failure => new RefusedException(failure.Refusal, failure),
            { } failure => new InvalidOperationException($"Worker {asked.Rows.Worker} failed.", failure),
            null => new InvalidOperationException($"Worker {asked.Rows.Worker} failed without a reason."),
        },
    };
}
