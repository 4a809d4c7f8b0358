using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Workers;

/// <summary>What operators want of workers; kept over restarts until it is taken back. Never changes.</summary>
/// <param name="ByWorker">By <see cref="WorkerKey.ToGrainKey"/>.</param>
public sealed record WorkerOrders(IReadOnlyDictionary<string, WorkerOrder> ByWorker)
{
    public static readonly WorkerOrders None = new(new Dictionary<string, WorkerOrder>());

    public WorkerOrder Of(WorkerKey worker) => ByWorker.GetValueOrDefault(worker.ToGrainKey());

    /// <summary>With that order in place of an earlier one; the same when it stands already.</summary>
    /// <param name="known">The workers there are.</param>
    public Ruling<WorkerOrders> With(WorkerKey worker, WorkerOrder order, IEnumerable<WorkerKey> known)
    {
        // A worker that is gone may still be told to stay out, or be let in again, when an order stands for it.
        if (!known.Contains(worker) && !ByWorker.ContainsKey(worker.ToGrainKey()))
        {
            return new Refusal("worker-not-found", RefusalKind.NotFound, $"There is no worker '{worker}'.", worker.ToGrainKey(), $"There are: {string.Join(", ", known)}.");
        }

        if (Of(worker) == order)
        {
            return this;
        }

        var next = new Dictionary<string, WorkerOrder>(ByWorker);
        if (order == WorkerOrder.None)
        {
            next.Remove(worker.ToGrainKey());
        }
        else
        {
            next[worker.ToGrainKey()] = order;
        }

        return new WorkerOrders(next);
    }
}
