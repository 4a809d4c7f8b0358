using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Grains.Workers;

namespace AiFactory.Gateway.Workers;

/// <summary>The requests that leave together, all of one class, and what becomes of each. Reused by its lane.</summary>
internal sealed class LaneMessage(Action<LaneMessage> done) : IThreadPoolWorkItem
{
    // Few continuations cost less than another hop through the thread pool.
    private const int InlineMax = 4;

    private readonly List<Part> _parts = new(64);
    private InferenceEnd _end;
    private InferenceReply _reply;
    private int[] _weights = new int[64];
    private long[] _nanoseconds = new long[64];
    private long[] _picodollars = new long[64];
    private volatile bool _sent;

    /// <summary>Requests, those that ended early among them.</summary>
    public int Count => _parts.Count;

    public int Rows { get; private set; }

    /// <summary>Names it on the worker.</summary>
    public long Id { get; set; }

    /// <summary>Whether its bytes are made, so that its requests' own may change.</summary>
    public bool Sent
    {
        get => _sent;
        set => _sent = value;
    }

    /// <summary>Timestamp of the TimeProvider when it left.</summary>
    public long SentAt { get; private set; }

    /// <summary>Requests that ended before it was answered. Under the lane's lock.</summary>
    public int Detached { get; set; }

    /// <summary>Those that still wait for it. Under the lane's lock.</summary>
    public IEnumerable<PendingInference> Carried => _parts.Select(part => part.Request).Where(request => request.Carrier == this);

    /// <summary>Under the lane's lock.</summary>
    public void Add(PendingInference request)
    {
        _parts.Add(new(request, request.Rows));
        Rows += request.Rows;
        (request.Carrier, request.Waiting) = (this, false);
    }

    /// <summary>The bytes to send. Not pooled: the grain call may outlive the wait for it.</summary>
    public byte[] Pack(long now, TimeProvider time)
    {
        SentAt = now;
        var length = InferenceMessage.HeaderBytes;
        foreach (var part in _parts)
        {
            length += part.Request.Input.Length;
        }

        var message = GC.AllocateUninitializedArray<byte>(length);
        InferenceMessage.WriteHeader(message, Rows, Terms(now, time));
        var at = InferenceMessage.HeaderBytes;
        foreach (var part in _parts)
        {
            part.Request.SentAt = now;
            part.Request.Input.Span.CopyTo(message.AsSpan(at));
            at += part.Request.Input.Length;
        }

        return message;
    }

    /// <summary>Takes a reply apart.</summary>
    /// <exception cref="InvalidDataException">It has not one output row for each row sent.</exception>
    public void Read(ReadOnlyMemory<byte> bytes, PackedRows outputs)
    {
        if (bytes.Length < InferenceReply.HeaderBytes)
        {
            throw new InvalidDataException($"A worker's reply has {bytes.Length} bytes, fewer than its header.");
        }

        _reply = new InferenceReply(bytes);
        var rest = _reply.PackedRows;
        for (var i = 0; i < _parts.Count; i++)
        {
            var length = RowsLength(outputs, rest.Span, _parts[i].Rows);
            _parts[i] = _parts[i] with { Output = rest[..length] };
            rest = rest[length..];
        }

        if (!rest.IsEmpty)
        {
            throw new InvalidDataException($"A worker's reply has {rest.Length} bytes more than {Rows} output rows.");
        }
    }

    /// <summary>Lets go of every request that still waits for it: they are this message's to complete. Under the lane's lock.</summary>
    public void Claim(Action<PendingInference> leave)
    {
        for (var i = 0; i < _parts.Count; i++)
        {
            var waits = _parts[i].Request.Carrier == this;
            _parts[i] = _parts[i] with { Claimed = waits };
            if (waits)
            {
                leave(_parts[i].Request);
            }
        }
    }

    /// <summary>Gives each claimed request its output rows and its share of time and money; the shares of all sum to the message's exactly.</summary>
    public void Deal()
    {
        _end = InferenceEnd.Done;
        var count = _parts.Count;
        if (count > _weights.Length)
        {
            (_weights, _nanoseconds, _picodollars) = (new int[count], new long[count], new long[count]);
        }

        var weights = _weights.AsSpan(0, count);
        for (var i = 0; i < count; i++)
        {
            weights[i] = _parts[i].Rows;
        }

        CostShares.Split(_reply.DeviceNanoseconds, weights, _nanoseconds.AsSpan(0, count));
        CostShares.Split(_reply.Picodollars, weights, _picodollars.AsSpan(0, count));
        for (var i = 0; i < count; i++)
        {
            var part = _parts[i];
            if (part.Claimed)
            {
                part.Request.Answer(_reply, part.Output, _nanoseconds[i], _picodollars[i]);
            }
        }
    }

    /// <summary>Gives each claimed request the failure.</summary>
    public void Fail(InferenceEnd end, Exception failure)
    {
        _end = end;
        foreach (var part in _parts)
        {
            if (part.Claimed)
            {
                part.Request.Failure = failure;
            }
        }
    }

    /// <summary>Lets the claimed requests go on: here when they are few, else in one work item of the thread pool.</summary>
    public void CompleteAll()
    {
        if (_parts.Count <= InlineMax)
        {
            ((IThreadPoolWorkItem)this).Execute();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    public void Clear()
    {
        _parts.Clear();
        (Rows, Detached, _sent, _reply) = (0, 0, false, default);
    }

    void IThreadPoolWorkItem.Execute()
    {
        foreach (var part in _parts)
        {
            if (part.Claimed)
            {
                part.Request.Complete(_end);
            }
        }

        done(this);
    }

    // The message is as urgent as the most urgent request in it, and of use until the last deadline.
    private MessageTerms Terms(long now, TimeProvider time)
    {
        var first = _parts[0].Request;
        var (objective, deadline) = (first.ObjectiveMicroseconds, first.DeadlineAt);
        foreach (var part in _parts)
        {
            objective = Math.Min(objective, part.Request.ObjectiveMicroseconds);
            deadline = Math.Max(deadline, part.Request.DeadlineAt);
        }

        return PendingInference.Terms(first.Priority, objective, deadline, now, Id, time);
    }

    private static int RowsLength(PackedRows layout, ReadOnlySpan<byte> bytes, int rows)
    {
        if (layout.FixedRowBytes is { } rowBytes && (long)rowBytes * rows <= bytes.Length)
        {
            return rowBytes * rows;
        }

        var length = 0;
        for (var i = 0; i < rows; i++)
        {
            length += layout.FirstRowLength(bytes[length..]);
        }

        return length;
    }

    /// <param name="Rows">The request's own may change once it has ended early.</param>
    private readonly record struct Part(PendingInference Request, int Rows, ReadOnlyMemory<byte> Output = default, bool Claimed = false);
}
