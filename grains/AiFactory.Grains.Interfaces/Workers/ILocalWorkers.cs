using AiFactory.Domain.Workers;

namespace AiFactory.Grains.Workers;

/// <summary>The workers of this process. A gateway beside them reaches them without a message; all others are reached as <see cref="IWorkerGrain"/>.</summary>
public interface ILocalWorkers
{
    /// <summary>The worker, or null when it belongs to another process.</summary>
    ILocalWorker? Find(WorkerKey worker);
}

/// <summary>A worker of this process, whose device batches what its callers send one by one. Safe for use by several threads.</summary>
public interface ILocalWorker
{
    /// <summary>As <see cref="IWorkerGrain.Infer"/>. Completes on the thread pool, once for all requests of a batch in turn: do little, or go on elsewhere.</summary>
    /// <param name="packedRows">Left unchanged until the answer is there.</param>
    /// <param name="rows">At least 1.</param>
    /// <returns>Bytes of an <see cref="InferenceReply"/>, the caller's to keep.</returns>
    ValueTask<byte[]> Infer(string modelVersion, ReadOnlyMemory<byte> packedRows, int rows, MessageTerms terms);

    /// <summary>As <see cref="IWorkerGrain.Cancel"/>.</summary>
    void Cancel(string modelVersion, long messageId);
}
