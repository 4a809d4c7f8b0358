using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;

namespace AiFactory.Engines.Inference.Batching;

/// <summary>One message on its way through a device. Pooled: an awaited job that ran goes back by itself.</summary>
internal sealed class InferenceJob : IValueTaskSource<InferenceAnswer>
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Cancelled = 2;
    private const int PooledMax = 4096;

    private static readonly ConcurrentQueue<InferenceJob> Pool = new();
    private static int s_pooled;

    private ManualResetValueTaskSourceCore<InferenceAnswer> _completion;
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancellation;
    private InferenceAnswer _answer;
    private Exception? _failure;
    private int _state;

    public ReadOnlyMemory<byte> PackedRows { get; private set; }

    public int Rows { get; private set; }

    /// <summary>Bytes to leave free at the start of the answer.</summary>
    public int ReservedBytes { get; private set; }

    /// <summary>What the caller calls its message; 0: nothing.</summary>
    public long MessageId { get; private set; }

    /// <summary>Arrival number on the device; set when queued.</summary>
    public long Arrival { get; set; }

    public bool IsCancelled => Volatile.Read(ref _state) == Cancelled;

    public static InferenceJob Rent(ReadOnlyMemory<byte> packedRows, int rows, int reservedBytes, long messageId)
    {
        if (Pool.TryDequeue(out var job))
        {
            Interlocked.Decrement(ref s_pooled);
        }
        else
        {
            job = new();
        }

        job.PackedRows = packedRows;
        job.Rows = rows;
        job.ReservedBytes = reservedBytes;
        job.MessageId = messageId;
        job._state = Waiting;
        return job;
    }

    /// <summary>What the caller awaits, once. Cancelling has an effect until the job is taken into a batch.</summary>
    public ValueTask<InferenceAnswer> Wait(CancellationToken cancellation)
    {
        var task = new ValueTask<InferenceAnswer>(this, _completion.Version);
        if (cancellation.CanBeCanceled)
        {
            _cancellation = cancellation;
            _registration = cancellation.UnsafeRegister(static job => ((InferenceJob)job!).Cancel(), this);
        }

        return task;
    }

    /// <summary>Claims the job for a batch; false when its caller gave up before.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;

    /// <summary>Lets go of a job that was never queued and will not be awaited.</summary>
    public void Abandon() => _registration.Dispose();

    public void SetAnswer(InferenceAnswer answer) => _answer = answer;

    public void SetFailure(Exception failure) => _failure = failure;

    /// <summary>Lets the caller go on, on this thread: only ever called on the thread pool.</summary>
    public void Complete()
    {
        _registration.Dispose();
        if (_failure is { } failure)
        {
            _completion.SetException(failure);
        }
        else
        {
            _completion.SetResult(_answer);
        }
    }

    public InferenceAnswer GetResult(short token)
    {
        // A cancelled job may still stand in a queue, so it is left to the garbage collector.
        var reusable = !IsCancelled;
        try
        {
            return _completion.GetResult(token);
        }
        finally
        {
            if (reusable)
            {
                Return();
            }
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _completion.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    /// <summary>Fails the job as cancelled, if it is not in a batch yet.</summary>
    public void Cancel()
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static job => job._completion.SetException(new OperationCanceledException(job._cancellation)), this, preferLocal: true);
        }
    }

    private void Return()
    {
        _completion.Reset();
        (PackedRows, _answer, _failure, _registration, _cancellation) = (default, default, null, default, default);
        if (Interlocked.Increment(ref s_pooled) <= PooledMax)
        {
            Pool.Enqueue(this);
        }
        else
        {
            Interlocked.Decrement(ref s_pooled);
        }
    }
}
