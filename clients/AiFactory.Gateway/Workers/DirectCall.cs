using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace AiFactory.Gateway.Workers;

/// <summary>One request on its way through a device of this process. Pooled.</summary>
internal sealed class DirectCall
{
    private const int PooledMax = 4096;
    private static readonly ConcurrentQueue<DirectCall> Pool = new();

    private readonly Action _answered;
    private ConfiguredValueTaskAwaitable<byte[]>.ConfiguredValueTaskAwaiter _awaiter;
    private DirectLane? _lane;
    private PendingInference? _request;

    private DirectCall() => _answered = Answered;

    /// <summary>Names it on the worker.</summary>
    public long MessageId { get; set; }

    public static DirectCall Rent(DirectLane lane, PendingInference request)
    {
        if (!Pool.TryDequeue(out var call))
        {
            call = new();
        }

        (call._lane, call._request) = (lane, request);
        return call;
    }

    /// <summary>Ends the request once the worker has answered.</summary>
    public void Begin(ValueTask<byte[]> answer)
    {
        _awaiter = answer.ConfigureAwait(false).GetAwaiter();
        if (_awaiter.IsCompleted)
        {
            Answered();
        }
        else
        {
            _awaiter.UnsafeOnCompleted(_answered);
        }
    }

    public void Return()
    {
        (_awaiter, _lane, _request) = (default, null, null);
        if (Pool.Count < PooledMax)
        {
            Pool.Enqueue(this);
        }
    }

    private void Answered()
    {
        byte[]? reply = null;
        Exception? failure = null;
        try
        {
            reply = _awaiter.GetResult();
        }
#pragma warning disable CA1031 // Whatever it is, it is told to the one who waits for it.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            failure = thrown;
        }

        var (lane, request) = (_lane!, _request!);
        lane.End(this, request, reply, failure);
        Return();
    }
}
