namespace AiFactory.Engines.Inference.Batching;

/// <param name="Arrival">Arrival number, over all models of the device.</param>
/// <param name="ArrivedAt">In nanoseconds.</param>
/// <param name="Rows">0 when there is nothing to run: its caller has given up, or its deadline cannot be met.</param>
internal readonly record struct WaitingMessage(long Arrival, long ArrivedAt, int Rows);

/// <summary>What waits for one model, by class (0 the highest), oldest first.</summary>
internal interface IWaitingRows
{
    /// <summary>Rows that a batch of several messages may have at present.</summary>
    int RowsMax { get; }

    /// <summary>How long a batch that is not full is held back for more, in nanoseconds; 0: not at all.</summary>
    long HoldNanoseconds { get; }

    /// <summary>Messages waiting in a class.</summary>
    int CountOf(int priority);

    WaitingMessage At(int priority, int index, long now);
}

/// <summary>The next batch: the first messages of each class of one queue.</summary>
/// <param name="Queue">Place of the queue among those planned over; -1: no batch now.</param>
/// <param name="HoldUntil">Without a batch: when to plan again though nothing new came, in nanoseconds; 0: not before something comes.</param>
internal readonly record struct BatchPlan(int Queue, int High, int Normal, int Low, int Rows, long HoldUntil = 0)
{
    public static readonly BatchPlan Nothing = new(-1, 0, 0, 0, 0);
}

/// <summary>
/// Natural batching by class: serves the model of the most urgent message, and fills its batch with that model's messages in the same order, as many as
/// fit the model's limit. Urgent is the higher class, then the longer wait; a message counts as one class higher for each <paramref name="agingNanoseconds"/>
/// it has waited, so that none of the lowest class waits longer than twice that for messages that came after it. Decides only; never runs a model.
/// </summary>
internal sealed class BatchPlanner(long agingNanoseconds)
{
    /// <param name="now">On the clock of the messages' arrival, in nanoseconds.</param>
    /// <param name="freeSince">When the device ended its last batch, on the same clock.</param>
    public BatchPlan Plan(IReadOnlyList<IWaitingRows> queues, long now, long freeSince)
    {
        var chosen = -1;
        var first = default(Urgency);
        for (var i = 0; i < queues.Count; i++)
        {
            for (var priority = 0; priority < JobQueue.Classes; priority++)
            {
                if (queues[i].CountOf(priority) > 0 && Of(queues[i].At(priority, 0, now), priority, now) is var urgency && (chosen < 0 || urgency.Before(first)))
                {
                    (chosen, first) = (i, urgency);
                }
            }
        }

        return chosen < 0 ? BatchPlan.Nothing : Fill(queues, chosen, now, freeSince);
    }

    private BatchPlan Fill(IReadOnlyList<IWaitingRows> queues, int chosen, long now, long freeSince)
    {
        var queue = queues[chosen];
        Span<int> taken = stackalloc int[JobQueue.Classes];
        var (rows, oldest, full) = (0, long.MaxValue, false);
        while (Next(queue, taken, now, out var message) is var priority and >= 0)
        {
            if (rows > 0 && rows + message.Rows > queue.RowsMax)
            {
                full = true;
                break;
            }

            rows += message.Rows;
            oldest = message.Rows > 0 ? Math.Min(oldest, message.ArrivedAt) : oldest;
            taken[priority]++;
        }

        // Other models' messages do not wait for this one's, nor do urgent ones.
        if (queue.HoldNanoseconds > 0 && rows > 0 && rows < queue.RowsMax && !full && queues.Count == 1 && taken[0] == 0
            && Math.Max(freeSince, oldest) + queue.HoldNanoseconds is var until && now < until)
        {
            return BatchPlan.Nothing with { HoldUntil = until };
        }

        return new(chosen, taken[0], taken[1], taken[2], rows);
    }

    // The class whose next message, behind those taken, is the most urgent; -1: none is left.
    private int Next(IWaitingRows queue, ReadOnlySpan<int> taken, long now, out WaitingMessage message)
    {
        var chosen = -1;
        var first = default(Urgency);
        message = default;
        for (var priority = 0; priority < taken.Length; priority++)
        {
            if (taken[priority] < queue.CountOf(priority))
            {
                var candidate = queue.At(priority, taken[priority], now);
                var urgency = Of(candidate, priority, now);
                if (chosen < 0 || urgency.Before(first))
                {
                    (chosen, first, message) = (priority, urgency, candidate);
                }
            }
        }

        return chosen;
    }

    private Urgency Of(WaitingMessage message, int priority, long now) =>
        new((int)Math.Max(0, priority - Math.Max(0, (now - message.ArrivedAt) / agingNanoseconds)), message.Arrival);

    private readonly record struct Urgency(int Class, long Arrival)
    {
        public bool Before(Urgency other) => Class < other.Class || (Class == other.Class && Arrival < other.Arrival);
    }
}
