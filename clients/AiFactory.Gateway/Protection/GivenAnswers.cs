using AiFactory.Domain.Decisions;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Workers;

namespace AiFactory.Gateway.Protection;

/// <summary>Answers that no worker makes: one given before, or the endpoint's fixed outputs. They cost nothing and are decisions like any other.</summary>
internal sealed class GivenAnswers(TimeProvider time)
{
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

    private void Give(PendingInference rows, DecisionKind kind, ReadOnlyMemory<byte> output, long original)
    {
        (rows.Kind, rows.Output, rows.Original, rows.AnsweredBy, rows.SentAt) = (kind, output, original, null, time.GetTimestamp());
        (rows.Worker, rows.BatchRows, rows.PriceBookVersion, rows.DeviceNanoseconds, rows.Picodollars, rows.QueueNanoseconds) = ("", 0, 0, 0, 0, 0);
    }
}
