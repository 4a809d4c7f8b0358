using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Grains.Workers;
using Orleans.Concurrency;

namespace AiFactory.Gateway.Workers;

/// <summary>
/// The way to a worker of another process. A few messages are on their way at a time, each of one class of requests; whatever arrives meanwhile leaves
/// together in the next, higher classes first.
/// </summary>
internal sealed class MessageLane : Lane
{
    private readonly IWorkerGrain _worker;
    private readonly PackedRows _outputs;
    private readonly Queue<PendingInference>[] _waiting = [new(), new(), new()];
    private readonly Stack<LaneMessage> _spare = new();
    private readonly Action<PendingInference> _leave;
    private readonly Action<PendingInference> _drop;
    private int _messages;

    public MessageLane(IWorkerGrain worker, WorkerKey key, string modelVersion, PackedRows outputs, GatewayOptions options, TimeProvider time)
        : base(key, modelVersion, options, time) => (_worker, _outputs, _leave, _drop) = (worker, outputs, Leave, Drop);

    public override ValueTask<InferenceEnd> Infer(PendingInference request)
    {
        request.Begin(Worker);
        var completion = request.Completion;
        lock (Gate)
        {
            if (!TryEnter(request))
            {
                return new(InferenceEnd.LaneFull);
            }

            Enqueue(request);
            if (_messages == Options.LaneMessagesMax)
            {
                return completion;
            }

            _messages++;
        }

        // The pump outlives this request and must not carry its execution context.
        if (ExecutionContext.IsFlowSuppressed())
        {
            _ = Pump();
        }
        else
        {
            using (ExecutionContext.SuppressFlow())
            {
                _ = Pump();
            }
        }

        return completion;
    }

    protected override bool TryDetach(PendingInference request)
    {
        var message = (LaneMessage)request.Carrier!;
        if (!message.Sent)
        {
            // Its bytes are being read this moment; the next sweep finds it again.
            return false;
        }

        if (++message.Detached == message.Count)
        {
            Abandon(message.Id);
        }

        return true;
    }

    protected override void ForgetLeft()
    {
        foreach (var queue in _waiting)
        {
            for (var left = queue.Count; left > 0; left--)
            {
                if (queue.Dequeue() is { Waiting: true } request)
                {
                    queue.Enqueue(request);
                }
            }
        }
    }

    protected override void Look(long now)
    {
        // Each message is waited for as long as it may take.
    }

    protected override void Cancel(long messageId) => _worker.Cancel(ModelVersion, messageId).Ignore();

    // The next message leaves before the requests of the last one go on: their work and the worker's overlap.
    private async Task Pump()
    {
        LaneMessage? answered = null;
        while (Take() is { } message)
        {
            var call = Send(message);
            answered?.CompleteAll();
            answered = null;
            try
            {
                var reply = await (call.IsCompleted ? call : call.WaitAsync(Options.InferTimeout, Time)).ConfigureAwait(false);
                message.Read(reply.Value, _outputs);
                Claim(message, _leave);
                message.Deal();
                answered = message;
            }
#pragma warning disable CA1031 // Whatever it is, it is told to those who wait for it.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                if (failure is TimeoutException)
                {
                    // Asked elsewhere from here on: here the rows would be computed for nobody.
                    TryCancel(message.Id);
                }

                answered = Fail(message, failure);
            }
        }

        answered?.CompleteAll();
    }

    private Task<Immutable<byte[]>> Send(LaneMessage message)
    {
        try
        {
            var bytes = message.Pack(Time.GetTimestamp(), Time);
            message.Sent = true;
            return _worker.Infer(ModelVersion, new Immutable<byte[]>(bytes));
        }
#pragma warning disable CA1031 // As above.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            message.Sent = true;
            return Task.FromException<Immutable<byte[]>>(failure);
        }
    }

    private LaneMessage? Take()
    {
        lock (Gate)
        {
            var now = Time.GetTimestamp();
            LaneMessage? message = null;
            foreach (var queue in _waiting)
            {
                while (queue.TryPeek(out var next) && Fits(message, next))
                {
                    queue.Dequeue();
                    if (EarlyEnd(next, now) is { } end)
                    {
                        Drop(next);
                        next.CompleteElsewhere(end);
                        continue;
                    }

                    message ??= _spare.TryPop(out var spare) ? spare : new(Recycle);
                    message.Add(next);
                    if (next.Alone)
                    {
                        break;
                    }
                }

                if (message is not null)
                {
                    message.Id = NextMessageId();
                    return message;
                }
            }

            _messages--;
            return null;
        }
    }

    private bool Fits(LaneMessage? message, PendingInference next) =>
        message is null || (!next.Alone && message.Rows + next.Rows <= Options.MessageRowsMax);

    private void Enqueue(PendingInference request)
    {
        request.Waiting = true;
        _waiting[Math.Clamp((int)request.Priority, (int)RequestPriority.High, (int)RequestPriority.Low) - (int)RequestPriority.High].Enqueue(request);
    }

    private LaneMessage? Fail(LaneMessage message, Exception failure)
    {
        var end = EndOf(failure);
        var now = Time.GetTimestamp();
        if (end != InferenceEnd.WorkerUnavailable && message.Count > 1 && Time.GetElapsedTime(message.SentAt, now) < Options.InferTimeout / 2)
        {
            // One request may have spoiled it for the others: each again, alone. What took long to fail is not begun anew so many times.
            lock (Gate)
            {
                foreach (var request in message.Carried)
                {
                    Retry(request, failure, now);
                }

                Recycle(message);
            }

            return null;
        }

        Claim(message, _drop);
        message.Fail(end, failure);
        return message;
    }

    // Under the gate.
    private void Retry(PendingInference request, Exception failure, long now)
    {
        // A step of a sequence may have been computed where it was not the worker that said no: twice would be one too many.
        InferenceEnd? mayBeDone = request.SequenceId.Length > 0 && failure is not RefusedException ? InferenceEnd.Failed : null;
        if ((EarlyEnd(request, now) ?? mayBeDone) is { } end)
        {
            Drop(request);
            request.Failure = failure;
            request.CompleteElsewhere(end);
            return;
        }

        (request.Carrier, request.Alone) = (null, true);
        Enqueue(request);
    }

    private void Claim(LaneMessage message, Action<PendingInference> leave)
    {
        lock (Gate)
        {
            message.Claim(leave);
        }
    }

    private void Recycle(LaneMessage message)
    {
        message.Clear();
        lock (Gate)
        {
            if (_spare.Count < Options.LaneMessagesMax * 2)
            {
                _spare.Push(message);
            }
        }
    }
}
