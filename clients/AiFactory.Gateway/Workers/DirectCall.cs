using System.Runtime.CompilerServices;
using AiFactory.Threading;

namespace AiFactory.Gateway.Workers;

/// <summary>One request on its way through a device of this process. Pooled.</summary>
internal sealed class DirectCall
{
    private readonly Action _answered;
    private ConfiguredValueTaskAwaitable<byte[]>.ConfiguredValueTaskAwaiter _awaiter;
    private DirectLane? _lane;
    private PendingInference? _request;

    private DirectCall() => _answered = Answered;

    /// <summary>Names it on the worker.</summary>
    public long MessageId { get; set; }

    public static DirectCall Rent(DirectLane lane, PendingInference request)
    {
        var call = ReusePool<DirectCall>.TryRent() ?? new();
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
        ReusePool<DirectCall>.Return(this);
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
