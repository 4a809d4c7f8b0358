using System.Threading.Tasks.Sources;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Gateway.Caching;
using AiFactory.Gateway.Idempotency;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Rows;
using AiFactory.Grains.Workers;
using AiFactory.Threading;

namespace AiFactory.Gateway.Workers;

/// <summary>How an inference ended.</summary>
internal enum InferenceEnd
{
    Done,

    /// <summary>The lane has no room; nothing was sent.</summary>
    LaneFull,

    /// <summary>The worker cannot be reached or has no time; another replica may.</summary>
    WorkerUnavailable,

    /// <summary>The caller went away.</summary>
    Abandoned,

    /// <summary>The request's deadline passed first.</summary>
    DeadlineMissed,

    /// <summary>The worker said no, or failed: <see cref="PendingInference.Failure"/>.</summary>
    Failed,
}

/// <summary>
/// One request's rows on their way to a worker and back. Pooled: whoever rents it fills <see cref="Input"/>, hands it to a lane, awaits it,
/// reads the result and returns it.
/// </summary>
internal sealed class PendingInference : IValueTaskSource<InferenceEnd>
{
    private const int KeptBytesMax = 1 << 18;

    // Continuations run where the lane completes its whole message: one work item for many requests.
    private ManualResetValueTaskSourceCore<InferenceEnd> _core;

    private PendingInference()
    {
    }

    /// <summary>Packed input rows.</summary>
    public ByteBuffer Input { get; } = new();

    /// <summary>Room for the reply's text.</summary>
    public ByteBuffer Text { get; } = new(512);

    public int Rows { get; set; }

    /// <summary>Signals that nobody waits for the answer any more: the inference then ends within some milliseconds, and its work is cancelled.</summary>
    public CancellationToken Cancellation { get; set; }

    public RequestPriority Priority { get; set; } = RequestPriority.Normal;

    /// <summary>Timestamp of the TimeProvider after which no answer is of use; <see cref="long.MaxValue"/>: none.</summary>
    public long DeadlineAt { get; set; } = long.MaxValue;

    /// <summary>Whether the request itself asked for less time than its endpoint gives, so that a missed deadline is no sign of a failing worker.</summary>
    public bool Hurried { get; set; }

    /// <summary>The endpoint's latency objective, in microseconds.</summary>
    public int ObjectiveMicroseconds { get; set; } = MessageTerms.Default.ObjectiveMicroseconds;

    /// <summary>The sequence that the request belongs to, for models with a memory; empty: none.</summary>
    public string SequenceId { get; set; } = "";

    /// <summary>Whether the sequence begins with this request.</summary>
    public bool SequenceStart { get; set; }

    /// <summary>Whether the sequence ends with this request.</summary>
    public bool SequenceEnd { get; set; }

    /// <summary>The worker that the rows were last sent to.</summary>
    public string Worker { get; set; } = "";

    /// <summary>Packed output rows.</summary>
    public ReadOnlyMemory<byte> Output { get; set; }

    public int BatchRows { get; set; }

    public int PriceBookVersion { get; set; }

    public long DeviceNanoseconds { get; set; }

    public long Picodollars { get; set; }

    /// <summary>Time that the rows waited on the device for their batch to begin.</summary>
    public long QueueNanoseconds { get; set; }

    /// <summary>Timestamp of the TimeProvider when the message with these rows left.</summary>
    public long SentAt { get; set; }

    public Exception? Failure { get; set; }

    /// <summary>Must leave in a message of its own, since a message with others failed.</summary>
    public bool Alone { get; set; }

    /// <summary>What its lane sent it in, while it is on its way; null while it waits. Under the lane's lock, as all of these.</summary>
    public object? Carrier { get; set; }

    /// <summary>Whether it stands in its lane's queue.</summary>
    public bool Waiting { get; set; }

    /// <summary>Its neighbours among its lane's requests.</summary>
    public PendingInference? Older { get; set; }

    public PendingInference? Newer { get; set; }

    /// <summary>Ended once while it was on its way, so that a worker may still read its rows: it is never used for another request.</summary>
    public bool Detached { get; set; }

    /// <summary>Let in before, with others of the same request.</summary>
    public bool Admitted { get; set; }

    /// <summary>One of several parts of a request, whose answers are recorded together.</summary>
    public bool OneOfSeveral { get; set; }

    /// <summary>Where others wait for this one's answer; null: nowhere.</summary>
    public AnswerFlight? Flight { get; set; }

    /// <summary>Where the outputs came from.</summary>
    public DecisionKind Kind { get; set; }

    /// <summary>The variant that answered; null: the assigned one, or none.</summary>
    public ServedVariant? AnsweredBy { get; set; }

    /// <summary>Of a cached answer, the address of the decision that it repeats; else -1.</summary>
    public long Original { get; set; } = -1;

    /// <summary>Answered by one of the endpoint's fallbacks.</summary>
    public bool FellBack { get; set; }

    /// <summary>The call with an idempotency key that it belongs to; null: none.</summary>
    public HeldCall? Held { get; set; }

    /// <summary>The decision that was made for it before; null: none.</summary>
    public RecalledDecision? Recalled { get; set; }

    /// <summary>How its lane ended it early.</summary>
    public InferenceEnd EndedAs { get; set; }

    public ValueTask<InferenceEnd> Completion => new(this, _core.Version);

    public static PendingInference Rent() => ReusePool<PendingInference>.TryRent() ?? new();

    /// <summary>Lets those go on who wait for this one's answer: it is in the cache, or will not come.</summary>
    public void Land()
    {
        if (Flight is { } flight)
        {
            Flight = null;
            flight.Land();
        }
    }

    public void Return()
    {
        Land();
        if (Detached)
        {
            return;
        }

        Input.Clear();
        Text.Clear();
        Output = default;
        Cancellation = default;
        (Priority, DeadlineAt, ObjectiveMicroseconds) = (RequestPriority.Normal, long.MaxValue, MessageTerms.Default.ObjectiveMicroseconds);
        (SequenceId, SequenceStart, SequenceEnd, Hurried) = ("", false, false, false);
        (Failure, Admitted, OneOfSeveral, Kind, AnsweredBy, Original, FellBack) = (null, false, false, DecisionKind.Model, null, -1, false);
        (Held, Recalled) = (null, null);
        if (Input.Capacity > KeptBytesMax || Text.Capacity > KeptBytesMax)
        {
            return;
        }

        ReusePool<PendingInference>.Return(this);
    }

    /// <summary>Makes ready to be awaited (again).</summary>
    public void Begin(string worker)
    {
        _core.Reset();
        (Worker, Failure, Alone) = (worker, null, false);
    }

    /// <summary>How this request alone is to be treated.</summary>
    public MessageTerms Terms(long now, long messageId, TimeProvider time) => Terms(Priority, ObjectiveMicroseconds, DeadlineAt, now, messageId, time);

    public static MessageTerms Terms(RequestPriority priority, int objectiveMicroseconds, long deadlineAt, long now, long messageId, TimeProvider time)
    {
        var budget = deadlineAt == long.MaxValue ? long.MaxValue : Math.Max(0, (long)time.GetElapsedTime(now, deadlineAt).TotalNanoseconds);
        return new(priority, objectiveMicroseconds, budget, messageId);
    }

    /// <summary>Takes the answer.</summary>
    public void Answer(InferenceReply reply, ReadOnlyMemory<byte> output, long deviceNanoseconds, long picodollars)
    {
        (Output, BatchRows, PriceBookVersion) = (output, reply.BatchRows, reply.PriceBookVersion);
        (DeviceNanoseconds, Picodollars, QueueNanoseconds) = (deviceNanoseconds, picodollars, reply.QueueNanoseconds);
    }

    /// <summary>Takes over what became of the same rows, sent in another's place.</summary>
    public void TakeFrom(PendingInference other)
    {
        (Output, BatchRows, PriceBookVersion, DeviceNanoseconds, Picodollars) = (other.Output, other.BatchRows, other.PriceBookVersion, other.DeviceNanoseconds, other.Picodollars);
        (Worker, SentAt, QueueNanoseconds, Failure) = (other.Worker, other.SentAt, other.QueueNanoseconds, other.Failure);
    }

    public void Complete(InferenceEnd end) => _core.SetResult(end);

    /// <summary>As <see cref="Complete"/>, on another thread.</summary>
    public void CompleteElsewhere(InferenceEnd end)
    {
        EndedAs = end;
        ThreadPool.UnsafeQueueUserWorkItem(static request => request.Complete(request.EndedAs), this, preferLocal: false);
    }

    InferenceEnd IValueTaskSource<InferenceEnd>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<InferenceEnd>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<InferenceEnd>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext);
}
