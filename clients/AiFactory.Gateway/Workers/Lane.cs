using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Problems;
using AiFactory.Grains.Workers;
using Orleans.Concurrency;

namespace AiFactory.Gateway.Workers;

/// <summary>
/// The way from this gateway to one model version on one worker. A few messages are on their way at a time; whatever arrives meanwhile leaves
/// together in the next. Safe for use by several threads.
/// </summary>
internal sealed class Lane
{
    private readonly IWorkerGrain _worker;
    private readonly string _modelVersion;
    private readonly PackedRows _outputs;
    private readonly GatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Queue<PendingInference> _waiting = new();
    private readonly Stack<LaneMessage> _spare = new();
    private int _messages;
    private int _rows;
    private long _suspectUntil = long.MinValue;

    public Lane(IWorkerGrain worker, WorkerKey key, string modelVersion, PackedRows outputs, GatewayOptions options, TimeProvider time)
    {
        (_worker, _modelVersion, _outputs, _options, _time) = (worker, modelVersion, outputs, options, time);
        Worker = key.ToGrainKey();
    }

    /// <summary><see cref="WorkerKey.ToGrainKey"/>.</summary>
    public string Worker { get; }

    /// <summary>Rows waiting or on their way.</summary>
    public int OutstandingRows => Volatile.Read(ref _rows);

    /// <summary>Whether the worker failed to answer lately.</summary>
    public bool Suspect => _time.GetTimestamp() < Volatile.Read(ref _suspectUntil);

    /// <summary>Sends the rows; completes when they are back, or when it is clear that they will not be. Never throws.</summary>
    public ValueTask<InferenceEnd> Infer(PendingInference request)
    {
        request.Begin();
        request.Worker = Worker;
        lock (_gate)
        {
            if (_rows > 0 && _rows + request.Rows > _options.LaneRowsMax)
            {
                return new(InferenceEnd.LaneFull);
            }

            Volatile.Write(ref _rows, _rows + request.Rows);
            _waiting.Enqueue(request);
            if (_messages == _options.LaneMessagesMax)
            {
                return request.Completion;
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

        return request.Completion;
    }

    private async Task Pump()
    {
        while (Take() is { } message)
        {
            try
            {
                var call = _worker.Infer(_modelVersion, new Immutable<byte[]>(message.Pack(_time.GetTimestamp())));
                var reply = await (call.IsCompleted ? call : call.WaitAsync(_options.InferTimeout, _time)).ConfigureAwait(false);
                message.Unpack(reply.Value, _outputs);
                End(message, InferenceEnd.Done);
            }
            catch (Exception failure)
            {
                // Whatever it is, it is told to those who wait for it.
                Fail(message, failure);
            }
        }
    }

    private LaneMessage? Take()
    {
        lock (_gate)
        {
            LaneMessage? message = null;
            while (_waiting.TryPeek(out var next) && Fits(message, next))
            {
                _waiting.Dequeue();
                if (next.Cancellation.IsCancellationRequested)
                {
                    Volatile.Write(ref _rows, _rows - next.Rows);
                    ThreadPool.UnsafeQueueUserWorkItem(static abandoned => abandoned.Complete(InferenceEnd.Abandoned), next, preferLocal: false);
                    continue;
                }

                message ??= _spare.TryPop(out var spare) ? spare : new(Recycle, _time);
                message.Add(next);
                if (next.Alone)
                {
                    break;
                }
            }

            if (message is null)
            {
                _messages--;
            }

            return message;
        }
    }

    private bool Fits(LaneMessage? message, PendingInference next) =>
        message is null || (!next.Alone && message.Rows + next.Rows <= _options.MessageRowsMax);

    private void Fail(LaneMessage message, Exception failure)
    {
        var unavailable = Failures.IsUnavailable(failure);
        if (unavailable && failure is not RefusedException)
        {
            Volatile.Write(ref _suspectUntil, _time.GetTimestamp() + (long)(_options.SuspicionPeriod.TotalSeconds * _time.TimestampFrequency));
        }

        if (!unavailable && message.Count > 1)
        {
            // One request may have spoiled it for the others: each again, alone.
            lock (_gate)
            {
                foreach (var request in message.Requests)
                {
                    request.Alone = true;
                    _waiting.Enqueue(request);
                }

                Recycle(message);
            }

            return;
        }

        foreach (var request in message.Requests)
        {
            request.Failure = failure;
        }

        End(message, unavailable ? InferenceEnd.WorkerUnavailable : InferenceEnd.Failed);
    }

    private void End(LaneMessage message, InferenceEnd end)
    {
        lock (_gate)
        {
            Volatile.Write(ref _rows, _rows - message.Rows);
        }

        message.CompleteAll(end);
    }

    private void Recycle(LaneMessage message)
    {
        message.Clear();
        lock (_gate)
        {
            if (_spare.Count < _options.LaneMessagesMax * 2)
            {
                _spare.Push(message);
            }
        }
    }
}
