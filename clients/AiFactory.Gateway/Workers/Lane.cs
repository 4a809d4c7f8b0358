using AiFactory.Domain.Workers;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Protection;

namespace AiFactory.Gateway.Workers;

/// <summary>
/// The way from this gateway to one model version on one worker. Knows the requests that wait for the worker's answer, and ends those whose caller went
/// away or whose deadline passed without waiting for it. Safe for use by several threads.
/// </summary>
#pragma warning disable CA1001 // The timer is set only while requests wait; not set, it holds nothing.
internal abstract class Lane
#pragma warning restore CA1001
{
    /// <summary>How long a request may go on unnoticed after its caller left or its deadline passed.</summary>
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(20);

    private readonly ITimer _sweep;
    private readonly LanePace _pace;
    private readonly List<long> _abandoned = [];
    private PendingInference? _newest;
    private int _rows;
    private long _lastMessageId = Random.Shared.NextInt64();
    private long _suspectUntil = long.MinValue;
    private bool _sweeping;

    protected Lane(WorkerKey worker, string modelVersion, GatewayOptions options, TimeProvider time)
    {
        (Worker, ModelVersion, Options, Time) = (worker.ToGrainKey(), modelVersion, options, time);
        _pace = new(time);
        _sweep = time.CreateTimer(static lane => ((Lane)lane!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary><see cref="WorkerKey.ToGrainKey"/>.</summary>
    public string Worker { get; }

    /// <summary>Whether the worker is of this process.</summary>
    public virtual bool IsNear => false;

    /// <summary>Rows waiting or on their way.</summary>
    public int OutstandingRows => Volatile.Read(ref _rows);

    /// <summary>How long the worker takes for a row while it has all it can do, in nanoseconds; 0 while that is not known.</summary>
    public double NanosecondsPerRow => _pace.NanosecondsPerRow;

    /// <summary>Whether the worker failed to answer lately.</summary>
    public bool Suspect => Volatile.Read(ref _suspectUntil) is var until && until != long.MinValue && Time.GetTimestamp() < until;

    protected string ModelVersion { get; }

    protected GatewayOptions Options { get; }

    protected TimeProvider Time { get; }

    protected Lock Gate { get; } = new();

    /// <summary>
    /// Sends the rows; completes when they are back, or when it is clear that they will not be or that nobody waits for them any more. Never throws.
    /// </summary>
    public abstract ValueTask<InferenceEnd> Infer(PendingInference request);

    /// <summary>Somebody was refused for the rows that are outstanding here.</summary>
    public void Refuse() => _pace.Refuse();

    /// <summary>What has to end a request now, its answer aside; null: nothing.</summary>
    protected static InferenceEnd? EarlyEnd(PendingInference request, long now) =>
        request.Cancellation.IsCancellationRequested ? InferenceEnd.Abandoned
        : request.DeadlineAt <= now ? InferenceEnd.DeadlineMissed
        : null;

    /// <summary>Takes a request in; false when the lane is full. Under <see cref="Gate"/>.</summary>
    protected bool TryEnter(PendingInference request)
    {
        if (_rows > 0 && _rows + request.Rows > Options.LaneRowsMax)
        {
            return false;
        }

        Volatile.Write(ref _rows, _rows + request.Rows);
        (request.Older, request.Newer) = (_newest, null);
        if (_newest is not null)
        {
            _newest.Newer = request;
        }

        _newest = request;
        if (!_sweeping)
        {
            _sweeping = true;
            _sweep.Change(SweepPeriod, Timeout.InfiniteTimeSpan);
        }

        return true;
    }

    /// <summary>Lets a request go, which the caller has to complete. Under <see cref="Gate"/>.</summary>
    protected void Leave(PendingInference request)
    {
        Volatile.Write(ref _rows, _rows - request.Rows);
        _pace.Left(request.Rows, _rows);
        if (request.Newer is null)
        {
            _newest = request.Older;
        }
        else
        {
            request.Newer.Older = request.Older;
        }

        if (request.Older is not null)
        {
            request.Older.Newer = request.Newer;
        }

        (request.Older, request.Newer, request.Carrier, request.Waiting) = (null, null, null, false);
    }

    /// <summary>As <see cref="Leave"/>, for a request that nobody has answered: it says nothing of how fast the worker is.</summary>
    protected void Drop(PendingInference request)
    {
        Leave(request);
        _pace.Unanswered(request.Rows);
    }

    /// <summary>A name for a message that no other gateway is likely to use. Under <see cref="Gate"/>.</summary>
    protected long NextMessageId()
    {
        var id = ++_lastMessageId;
        return id == 0 ? ++_lastMessageId : id;
    }

    /// <summary>How a failure of the worker ends a request; makes the lane suspect where the worker did not answer.</summary>
    protected InferenceEnd EndOf(Exception failure)
    {
        if (!Failures.IsUnavailable(failure))
        {
            return InferenceEnd.Failed;
        }

        if (failure is not Domain.Refusals.RefusedException)
        {
            Suspected();
        }

        return InferenceEnd.WorkerUnavailable;
    }

    /// <summary>The worker did not answer.</summary>
    protected void Suspected() =>
        Volatile.Write(ref _suspectUntil, Time.GetTimestamp() + (long)(Options.SuspicionPeriod.TotalSeconds * Time.TimestampFrequency));

    /// <summary>Comes by every few milliseconds while requests wait. Under <see cref="Gate"/>.</summary>
    protected abstract void Look(long now);

    /// <summary>Whether a request that is on its way can end before its message; if so, says by <see cref="Abandon"/> what need not be answered. Under <see cref="Gate"/>.</summary>
    protected abstract bool TryDetach(PendingInference request);

    /// <summary>Forgets waiting requests that have left. Under <see cref="Gate"/>.</summary>
    protected abstract void ForgetLeft();

    /// <summary>Nobody waits for that message any more.</summary>
    protected abstract void Cancel(long messageId);

    /// <summary>As <see cref="Cancel"/>; never throws.</summary>
    protected void TryCancel(long messageId)
    {
        try
        {
            Cancel(messageId);
        }
#pragma warning disable CA1031 // Nobody waits for those any more; here it would end the process.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The worker then does work that nobody needs.
        }
    }

    /// <summary>Has a message cancelled once the gate is open. Under <see cref="Gate"/>.</summary>
    protected void Abandon(long messageId) => _abandoned.Add(messageId);

    private void Sweep()
    {
        PendingInference? ended = null;
        long[] abandoned = [];
        lock (Gate)
        {
            var now = Time.GetTimestamp();
            Look(now);
            for (var request = _newest; request is not null;)
            {
                var older = request.Older;
                if (EarlyEnd(request, now) is { } end && (request.Carrier is null || TryDetach(request)))
                {
                    request.Detached |= request.Carrier is not null;
                    Drop(request);
                    (request.EndedAs, request.Older, ended) = (end, ended, request);
                }

                request = older;
            }

            if (ended is not null)
            {
                ForgetLeft();
                abandoned = [.. _abandoned];
                _abandoned.Clear();
            }

            _pace.EndSpan(now, _rows);
            _sweeping = _newest is not null;
            if (_sweeping)
            {
                _sweep.Change(SweepPeriod, Timeout.InfiniteTimeSpan);
            }
        }

        while (ended is not null)
        {
            var request = ended;
            (ended, request.Older) = (request.Older, null);
            request.CompleteElsewhere(request.EndedAs);
        }

        foreach (var messageId in abandoned)
        {
            TryCancel(messageId);
        }
    }
}
