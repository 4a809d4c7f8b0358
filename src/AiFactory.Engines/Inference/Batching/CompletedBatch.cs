using System.Collections.Concurrent;

namespace AiFactory.Engines.Inference.Batching;

/// <summary>Completes the jobs of a batch as one thread-pool work item, off the device's thread. Pooled.</summary>
internal sealed class CompletedBatch : IThreadPoolWorkItem
{
    // Of all threads together: those who rent are never those who give back.
    private static readonly ConcurrentQueue<CompletedBatch> Pool = new();

    private readonly List<InferenceJob> _jobs = new(64);

    public static void Dispatch(List<InferenceJob> jobs)
    {
        var batch = Pool.TryDequeue(out var pooled) ? pooled : new();
        batch._jobs.AddRange(jobs);
        ThreadPool.UnsafeQueueUserWorkItem(batch, preferLocal: false);
    }

    public void Execute()
    {
        foreach (var job in _jobs)
        {
            job.Complete();
        }

        _jobs.Clear();
        Pool.Enqueue(this);
    }
}
