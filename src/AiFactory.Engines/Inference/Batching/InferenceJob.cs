using System.Threading.Tasks.Sources;
using AiFactory.Threading;

namespace AiFactory.Engines.Inference.Batching;

/// <summary>How far a job has come.</summary>
internal enum JobState
{
    Waiting,

    /// <summary>In a batch.</summary>
    Taken,

    /// <summary>In a batch that nobody awaits its answer from.</summary>
    GivenUp,

    /// <summary>Its outcome is settled.</summary>
    Done,

    /// <summary>Failed as cancelled while it waited; may still stand in its queue.</summary>
    Cancelled,
}

/// <summary>One message on its way through a device. Pooled: an awaited job that ran goes back by itself.</summary>
internal sealed class InferenceJob : IValueTaskSource<InferenceAnswer>
{
    private ManualResetValueTaskSourceCore<InferenceAnswer> _completion;
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancellation;
    private InferenceAnswer _answer;
    private Exception? _failure;
    private InferenceJob? _nextById;

    public ModelExecutor Model { get; private set; } = null!;

    public ReadOnlyMemory<byte> PackedRows { get; private set; }

    public int Rows { get; private set; }

    /// <summary>Bytes to leave free at the start of the answer.</summary>
    public int ReservedBytes { get; private set; }

    /// <summary>What the caller calls its message; 0: nothing.</summary>
    public long MessageId { get; private set; }

    /// <summary>0 the highest.</summary>
    public int Class { get; private set; }

    /// <summary>Latency that the caller wishes, in nanoseconds.</summary>
    public long ObjectiveNanoseconds { get; private set; }

    /// <summary>Arrival number on the device, from 1 on; 0 until it is queued.</summary>
    public long Arrival { get; set; }

    /// <summary>On the device's clock, in nanoseconds.</summary>
    public long ArrivedAt { get; private set; }

    /// <summary>On the device's clock, in nanoseconds; <see cref="long.MaxValue"/>: none.</summary>
    public long DeadlineAt { get; private set; }

    /// <summary>Changes under the device's lock.</summary>
    public JobState State { get; set; }

    /// <summary>Belongs to the table of jobs by id.</summary>
    public ref InferenceJob? NextById => ref _nextById;

    /// <param name="now">On the device's clock, in nanoseconds.</param>
    public static InferenceJob Rent(ModelExecutor model, ReadOnlyMemory<byte> packedRows, int rows, int reservedBytes, in JobTerms terms, long now)
    {
        var job = ReusePool<InferenceJob>.TryRent() ?? new();
        job.Model = model;
        job.PackedRows = packedRows;
        job.Rows = rows;
        job.ReservedBytes = reservedBytes;
        job.MessageId = terms.MessageId;
        job.Class = Math.Clamp((int)terms.Priority - 1, 0, JobQueue.Classes - 1);
        job.ObjectiveNanoseconds = terms.ObjectiveMicroseconds * 1000L;
        job.ArrivedAt = now;
        job.DeadlineAt = terms.BudgetNanoseconds < long.MaxValue - now ? now + terms.BudgetNanoseconds : long.MaxValue;
        job.Arrival = 0;
        job.State = JobState.Waiting;
        return job;
    }

    /// <summary>What the caller awaits, once.</summary>
    public ValueTask<InferenceAnswer> Wait(CancellationToken cancellation)
    {
        var task = new ValueTask<InferenceAnswer>(this, _completion.Version);
        if (cancellation.CanBeCanceled)
        {
            _cancellation = cancellation;
            _registration = cancellation.UnsafeRegister(static state => ((InferenceJob)state!).Model.Withdraw((InferenceJob)state), this);
        }

        return task;
    }

    /// <summary>Lets go of a job that was never queued and will not be awaited.</summary>
    public void Abandon()
    {
        _registration.Dispose();
        PackedRows = default;
    }

    public void SetAnswer(InferenceAnswer answer) => _answer = answer;

    public void SetFailure(Exception failure) => _failure = failure;

    /// <summary>What a job of which nobody awaits the answer fails with.</summary>
    public void SetCancelled() => _failure = new OperationCanceledException(_cancellation);

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
        var reusable = State != JobState.Cancelled;
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

    /// <summary>Ends a waiting job as cancelled and lets go of its rows. Under the device's lock.</summary>
    public void CancelWaiting()
    {
        State = JobState.Cancelled;
        PackedRows = default;
        ThreadPool.UnsafeQueueUserWorkItem(
            static job => job._completion.SetException(new OperationCanceledException(job._cancellation)), this, preferLocal: true);
    }

    private void Return()
    {
        _completion.Reset();
        (Model, PackedRows, _answer, _failure, _registration, _cancellation) = (null!, default, default, null, default, default);
        ReusePool<InferenceJob>.Return(this);
    }
}
