using System.Runtime.CompilerServices;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Workers;
using AiFactory.Threading;

namespace AiFactory.Gateway.Protection;

/// <summary>
/// Asks one variant: its breaker lets the request in, a replica is chosen, the work before it leaves time enough, it answers; and where it cannot be reached,
/// another replica is asked.
/// </summary>
internal sealed class VariantCall(PowerOfTwoChoices choice, TimeProvider time)
{
    /// <returns>Why there is no answer; null: the rows hold it.</returns>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    [AsyncMethodBuilder(typeof(ReusedMethodBuilder<>))]
    public async ValueTask<Refused?> Ask(ServedEndpoint endpoint, ServedVariant variant, PendingInference rows)
    {
        var shield = variant.Shield;
        if (!shield.Breaker.TryEnter(out var round))
        {
            variant.Counters.Failed();
            return new Refused(shield.Open, AdmissionRules.RetryAfterSeconds(shield.Breaker.Pause()));
        }

        var remembers = variant.Remembers;
        if (Place(variant, rows) is not { } lane)
        {
            variant.Counters.Failed();
            return new Refused(shield.Missing, 1);
        }

        if (lane.NanosecondsPerRow > 0 && !rows.Admitted && Shed(endpoint, rows, lane) is { } shed)
        {
            variant.Counters.Failed();
            return shed;
        }

        var end = shield.Hedge is { } hedge && !remembers && variant.Lanes.Length > 1
            ? await hedge.Infer(rows, lane, variant, choice)
            : await lane.Infer(rows);
        if (end is InferenceEnd.WorkerUnavailable or InferenceEnd.LaneFull && !remembers && choice.Choose(variant.Lanes, variant.Active, lane) is { } other)
        {
            end = await other.Infer(rows);
        }

        if (end == InferenceEnd.Abandoned || rows.Cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(rows.Cancellation);
        }

        if (end == InferenceEnd.Done)
        {
            shield.Breaker.Succeeded(round);
            return null;
        }

        var refused = Fail(end, endpoint, rows, shield.Breaker, round);
        if (refused.Failure is null || !Failures.IsCallers(refused.Failure))
        {
            variant.Counters.Failed();
        }

        return refused;
    }

    // The memory of a sequence is on one replica, which no other can stand in for. Without a memory a sequence has its replica too, but no more than that.
    private Lane? Place(ServedVariant variant, PendingInference rows)
    {
        var sharing = variant.Lanes.AsSpan(0, variant.Active);
        return variant.Remembers ? SequencePlace.Choose(sharing, rows.SequenceId)
            : rows.SequenceId.Length > 0 && SequencePlace.Choose(sharing, rows.SequenceId) is { Suspect: false } own ? own
            : choice.ChooseNear(variant.Lanes, variant.Active, variant.Near);
    }

    private Refused? Shed(ServedEndpoint endpoint, PendingInference rows, Lane lane)
    {
        var budget = rows.DeadlineAt == long.MaxValue ? long.MaxValue : (long)time.GetElapsedTime(time.GetTimestamp(), rows.DeadlineAt).TotalNanoseconds;
        var (before, objective) = (lane.OutstandingRows, endpoint.ShedsByObjective ? rows.ObjectiveMicroseconds * 1000L : long.MaxValue);
        var excess = AdmissionRules.Excess(before, lane.NanosecondsPerRow, rows.Priority, objective, budget);
        if (excess <= 0)
        {
            return null;
        }

        lane.Refuse();
        var late = before * lane.NanosecondsPerRow > budget;
        return new(late ? endpoint.Shield.DeadlineUnreachable : endpoint.Shield.Busy, AdmissionRules.RetryAfterSeconds(TimeSpan.FromMicroseconds(excess / 1000.0)));
    }

    private static Refused Fail(InferenceEnd end, ServedEndpoint endpoint, PendingInference rows, VariantBreaker breaker, int round)
    {
        var (failure, worker) = (rows.Failure, rows.Worker);
        if (end == InferenceEnd.LaneFull)
        {
            return new(endpoint.Shield.Busy, 1);
        }

        // A full device is no failing one: passing it over would take its work to the others. Nor is one that has not the time that its endpoint gives it.
        var late = end == InferenceEnd.DeadlineMissed || failure is RefusedException { Refusal.Kind: RefusalKind.Timeout };
        if (end != InferenceEnd.Failed || failure is null || Refused.IsServers(failure))
        {
            if (failure is not RefusedException { Refusal.Kind: RefusalKind.Throttled } && !(late && rows.Hurried))
            {
                breaker.Failed(round);
            }
        }
        else
        {
            breaker.Succeeded(round);
        }

        return end switch
        {
            InferenceEnd.DeadlineMissed => new(endpoint.Shield.DeadlineExceeded),
            InferenceEnd.WorkerUnavailable => new(new RefusedException(new("workers-unavailable", RefusalKind.Unavailable,
                failure is RefusedException refused ? refused.Refusal.What : $"Worker {worker} did not answer.", endpoint.Route.Endpoint,
                "Try again in a second; the factory moves its work to the workers that are left."), failure)),
            _ => new(failure switch
            {
                RefusedException told => new RefusedException(told.Refusal, told),
                { } cause => new InvalidOperationException($"Worker {worker} failed.", cause),
                null => new InvalidOperationException($"Worker {worker} failed without a reason."),
            }),
        };
    }
}
