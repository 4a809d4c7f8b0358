using AiFactory.Domain.Decisions;
using AiFactory.Gateway.Caching;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Workers;

namespace AiFactory.Gateway.Protection;

/// <summary>Answers that no worker makes: one given before, or the endpoint's fixed outputs. They cost nothing and are decisions like any other.</summary>
internal sealed class GivenAnswers(TimeProvider time)
{
    /// <summary>More than any model takes for a request.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromHours(1);

    /// <summary>Gives the assigned variant's earlier answer to the same input.</summary>
    /// <param name="anyAge">Also one older than the endpoint's terms say.</param>
    public bool TryRepeat(in Asked asked, bool anyAge)
    {
        var rows = asked.Rows;
        if (asked.Endpoint.Shield.Cache is not { } cache || !cache.TryGet(asked.Wanted.ModelText, rows.Rows, rows.Input.Span, anyAge, out var answer))
        {
            return false;
        }

        Give(rows, DecisionKind.Cached, answer.Output, answer.Original);
        return true;
    }

    /// <summary>
    /// Gives the answer that another request with the same input waits for, once that has it; or lets others wait for this one's. To be called after
    /// <see cref="TryRepeat"/> found nothing.
    /// </summary>
    /// <returns>Whether there is an answer; else it is to be computed.</returns>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public ValueTask<bool> TryShare(in Asked asked)
    {
        var rows = asked.Rows;

        // The answers of a request of several parts are recorded together: its parts waiting for each other, or for those of another one, might wait for ever.
        if (rows.OneOfSeveral || asked.Endpoint.Shield.Cache is not { } cache || cache.Join(asked.Wanted.ModelText, rows.Rows, rows.Input.Span, rows.Priority, out var leads) is not { } flight)
        {
            return new(false);
        }

        if (!leads)
        {
            return Await(flight, cache, asked.Wanted.ModelText, rows);
        }

        // The one before may have landed between the look and the start.
        rows.Flight = flight;
        return new(TryRepeatAfter(cache, asked.Wanted.ModelText, rows));
    }

    /// <summary>Gives the fixed outputs, one row for each asked.</summary>
    public bool TryGiveFixed(in Asked asked)
    {
        var rows = asked.Rows;
        if (asked.Wanted.Shield.FixedRow is not { } row)
        {
            return false;
        }

        var output = row;
        if (rows.Rows > 1)
        {
            output = GC.AllocateUninitializedArray<byte>(row.Length * rows.Rows);
            for (var i = 0; i < rows.Rows; i++)
            {
                row.CopyTo(output, i * row.Length);
            }
        }

        Give(rows, DecisionKind.Default, output, original: -1);
        return true;
    }

    private async ValueTask<bool> Await(AnswerFlight flight, AnswerCache cache, string model, PendingInference rows)
    {
        var left = time.GetElapsedTime(time.GetTimestamp(), rows.DeadlineAt);
        await flight.Wait(rows.DeadlineAt == long.MaxValue || left > WaitMax ? WaitMax : left > TimeSpan.Zero ? left : TimeSpan.Zero, time, rows.Cancellation);
        return TryRepeatAfter(cache, model, rows);
    }

    private bool TryRepeatAfter(AnswerCache cache, string model, PendingInference rows)
    {
        var found = cache.TryGet(model, rows.Rows, rows.Input.Span, anyAge: false, out var answer);
        if (found)
        {
            Give(rows, DecisionKind.Cached, answer.Output, answer.Original);
        }

        return found;
    }

    private void Give(PendingInference rows, DecisionKind kind, ReadOnlyMemory<byte> output, long original)
    {
        (rows.Kind, rows.Output, rows.Original, rows.AnsweredBy, rows.SentAt) = (kind, output, original, null, time.GetTimestamp());
        (rows.Worker, rows.BatchRows, rows.PriceBookVersion, rows.DeviceNanoseconds, rows.Picodollars, rows.QueueNanoseconds) = ("", 0, 0, 0, 0, 0);
    }
}
