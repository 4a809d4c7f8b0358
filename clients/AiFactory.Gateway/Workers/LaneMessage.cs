using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Grains.Workers;

namespace AiFactory.Gateway.Workers;

/// <summary>The requests that leave together, and what becomes of each. Reused by its lane.</summary>
internal sealed class LaneMessage(Action<LaneMessage> done, TimeProvider time) : IThreadPoolWorkItem
{
    private readonly List<PendingInference> _requests = new(64);
    private InferenceEnd _end;
    private int[] _weights = new int[64];
    private long[] _shares = new long[64];

    public int Count => _requests.Count;

    public int Rows { get; private set; }

    public IReadOnlyList<PendingInference> Requests => _requests;

    public void Add(PendingInference request)
    {
        _requests.Add(request);
        Rows += request.Rows;
    }

    /// <summary>The bytes to send. Not pooled: the grain call may outlive the wait for it.</summary>
    public byte[] Pack(long now)
    {
        var length = InferenceMessage.HeaderBytes;
        foreach (var request in _requests)
        {
            length += request.Input.Length;
        }

        var message = GC.AllocateUninitializedArray<byte>(length);
        InferenceMessage.WriteHeader(message, Rows, Terms(now));
        var at = InferenceMessage.HeaderBytes;
        foreach (var request in _requests)
        {
            request.SentAt = now;
            request.Input.Span.CopyTo(message.AsSpan(at));
            at += request.Input.Length;
        }

        return message;
    }

    /// <summary>Gives each request its output rows and its share of time and money; the shares sum to the message's exactly.</summary>
    /// <exception cref="InvalidDataException">The reply has not one output row for each row sent.</exception>
    public void Unpack(ReadOnlyMemory<byte> bytes, PackedRows outputs)
    {
        if (bytes.Length < InferenceReply.HeaderBytes)
        {
            throw new InvalidDataException($"A worker's reply has {bytes.Length} bytes, fewer than its header.");
        }

        var reply = new InferenceReply(bytes);
        var rest = reply.PackedRows;
        foreach (var request in _requests)
        {
            var length = RowsLength(outputs, rest.Span, request.Rows);
            request.Output = rest[..length];
            request.BatchRows = reply.BatchRows;
            request.PriceBookVersion = reply.PriceBookVersion;
            rest = rest[length..];
        }

        if (!rest.IsEmpty)
        {
            throw new InvalidDataException($"A worker's reply has {rest.Length} bytes more than {Rows} output rows.");
        }

        Share(reply.DeviceNanoseconds, reply.Picodollars);
    }

    /// <summary>Ends every request alike, in one work item of the thread pool.</summary>
    public void CompleteAll(InferenceEnd end)
    {
        _end = end;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Clear()
    {
        _requests.Clear();
        Rows = 0;
    }

    void IThreadPoolWorkItem.Execute()
    {
        foreach (var request in _requests)
        {
            request.Complete(_end);
        }

        done(this);
    }

    private MessageTerms Terms(long now)
    {
        var (priority, objective, deadline) = (RequestPriority.Low, int.MaxValue, 0L);
        foreach (var request in _requests)
        {
            priority = request.Priority < priority ? request.Priority : priority;
            objective = Math.Min(objective, request.ObjectiveMicroseconds);
            deadline = Math.Max(deadline, request.DeadlineAt);
        }

        var budget = deadline == long.MaxValue ? long.MaxValue : Math.Max(0, (long)time.GetElapsedTime(now, deadline).TotalNanoseconds);
        return new(priority, objective, budget, MessageId: 0);
    }

    private static int RowsLength(PackedRows layout, ReadOnlySpan<byte> bytes, int rows)
    {
        var length = 0;
        for (var i = 0; i < rows; i++)
        {
            length += layout.FirstRowLength(bytes[length..]);
        }

        return length;
    }

    private void Share(long nanoseconds, long picodollars)
    {
        if (_requests.Count == 1)
        {
            (_requests[0].DeviceNanoseconds, _requests[0].Picodollars) = (nanoseconds, picodollars);
            return;
        }

        if (_weights.Length < _requests.Count)
        {
            (_weights, _shares) = (new int[_requests.Count], new long[_requests.Count]);
        }

        var weights = _weights.AsSpan(0, _requests.Count);
        var shares = _shares.AsSpan(0, _requests.Count);
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = _requests[i].Rows;
        }

        CostShares.Split(nanoseconds, weights, shares);
        for (var i = 0; i < shares.Length; i++)
        {
            _requests[i].DeviceNanoseconds = shares[i];
        }

        CostShares.Split(picodollars, weights, shares);
        for (var i = 0; i < shares.Length; i++)
        {
            _requests[i].Picodollars = shares[i];
        }
    }
}
