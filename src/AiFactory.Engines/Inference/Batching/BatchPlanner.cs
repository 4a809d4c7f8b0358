namespace AiFactory.Engines.Inference.Batching;

/// <summary>What waits for one model, oldest first.</summary>
internal interface IWaitingRows
{
    /// <summary>Messages waiting.</summary>
    int Count { get; }

    /// <summary>Arrival number of the oldest message, over all models of the device.</summary>
    long FirstArrival { get; }

    /// <summary>Rows of the message at a place; 0 when its caller has given up.</summary>
    int RowsAt(int index);
}

/// <summary>The next batch: the first messages of one queue.</summary>
/// <param name="Queue">Place of the queue among those planned over; -1 when nothing waits.</param>
internal readonly record struct BatchPlan(int Queue, int Messages, int Rows)
{
    public static readonly BatchPlan Nothing = new(-1, 0, 0);
}

/// <summary>
/// Natural batching: serves the model whose oldest message has waited longest, with as many of its messages, in order, as fit the limit.
/// Nothing waits for a fuller batch. Decides only; never runs a model.
/// </summary>
internal sealed class BatchPlanner(int batchRowsMax)
{
    public BatchPlan Plan(IReadOnlyList<IWaitingRows> queues)
    {
        var oldest = -1;
        for (var i = 0; i < queues.Count; i++)
        {
            if (queues[i].Count > 0 && (oldest < 0 || queues[i].FirstArrival < queues[oldest].FirstArrival))
            {
                oldest = i;
            }
        }

        if (oldest < 0)
        {
            return BatchPlan.Nothing;
        }

        var queue = queues[oldest];
        var (messages, rows) = (0, 0);
        while (messages < queue.Count && (rows == 0 || rows + queue.RowsAt(messages) <= batchRowsMax))
        {
            rows += queue.RowsAt(messages++);
        }

        return new(oldest, messages, rows);
    }
}
