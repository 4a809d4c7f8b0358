using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Grains.Workers;

namespace AiFactory.Gateway.Workers;

/// <summary>The way to a worker of this process: every request goes to the device at once, which batches whatever waits when it is free.</summary>
internal sealed class DirectLane(ILocalWorker worker, WorkerKey key, string modelVersion, PackedRows outputs, GatewayOptions options, TimeProvider time)
    : Lane(key, modelVersion, options, time)
{
    private int _calls;
    private long _answered;
    private long _answeredThen;
    private long _stillSince;

    public override bool IsNear => true;

    public override ValueTask<InferenceEnd> Infer(PendingInference request)
    {
        request.Begin(Worker);
        var now = Time.GetTimestamp();
        if (EarlyEnd(request, now) is { } early)
        {
            return new(early);
        }

        var call = DirectCall.Rent(this, request);
        lock (Gate)
        {
            if (!TryEnter(request))
            {
                call.Return();
                return new(InferenceEnd.LaneFull);
            }

            (request.Carrier, call.MessageId) = (call, NextMessageId());
            if (_calls++ == 0)
            {
                _answeredThen = -1;
            }
        }

        // Taken now: the call below may end the request, and its caller may begin another with it.
        var completion = request.Completion;
        request.SentAt = now;
        call.Begin(worker.Infer(ModelVersion, request.Input.Memory, request.Rows, request.Terms(now, call.MessageId, Time)));
        return completion;
    }

    /// <summary>Ends the request of a call that is answered, unless it has ended before.</summary>
    public void End(DirectCall call, PendingInference request, byte[]? bytes, Exception? failure)
    {
        var reply = new InferenceReply(bytes);
        if (bytes is not null && outputs.FixedRowBytes is { } rowBytes && reply.PackedRows.Length != (long)rowBytes * request.Rows)
        {
            failure = new InvalidDataException($"A worker's reply has {reply.PackedRows.Length} bytes for {request.Rows} rows of {rowBytes}.");
        }

        var end = failure is null ? InferenceEnd.Done : EndOf(failure);
        lock (Gate)
        {
            (_calls, _answered) = (_calls - 1, _answered + 1);
            if (request.Carrier != call)
            {
                return;
            }

            if (failure is null)
            {
                Leave(request);
            }
            else
            {
                Drop(request);
            }
        }

        if (failure is null)
        {
            request.Answer(reply, reply.PackedRows, reply.DeviceNanoseconds, reply.Picodollars);
        }

        request.Failure = failure;
        request.Complete(end);
    }

    protected override bool TryDetach(PendingInference request)
    {
        Abandon(((DirectCall)request.Carrier!).MessageId);
        return true;
    }

    protected override void ForgetLeft()
    {
        // Nothing waits here.
    }

    // A device that hangs would else draw all requests, having the fewest outstanding: their deadlines take them off it.
    protected override void Look(long now)
    {
        if (_calls == 0 || _answered != _answeredThen)
        {
            (_answeredThen, _stillSince) = (_answered, now);
        }
        else if (Time.GetElapsedTime(_stillSince, now) >= Options.InferTimeout)
        {
            Suspected();
        }
    }

    protected override void Cancel(long messageId) => worker.Cancel(ModelVersion, messageId);
}
