using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;

namespace AiFactory.Engines.Inference.Batching;

/// <summary>
/// Runs the models of one device on one dedicated thread: plans a batch, executes it, applies its outcome. Callers go on on the thread pool, never
/// on the device's thread.
/// </summary>
public sealed class DeviceExecutor : IDisposable
{
    /// <summary>How long <see cref="Dispose"/> waits for a batch at work, and as long again once it has terminated it.</summary>
    public static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private readonly string _device;
    private readonly BatchingOptions _options;
    private readonly DeviceClock _clock;
    private readonly DeviceQueues _queues;
    private readonly BatchRun _run;
    private readonly DevicePressure _pressure = new();
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly DeviceSleep _sleep = new();
    private readonly List<ModelExecutor> _models = [];
    private readonly List<ModelExecutor> _detached = [];
    private long _allocated;
    private bool _stopping;

    /// <param name="device">Name that threads and refusals show, e.g. <c>silo-1/cpu-0</c>.</param>
    public DeviceExecutor(string device, BatchingOptions options, DeviceClock clock)
    {
        (_device, _options, _clock) = (device, options, clock);
        _queues = new(device, options);
        _run = new(clock);
        _thread = new(Loop) { IsBackground = true, Name = device };
        _thread.Start();
    }

    /// <summary>Batches run so far.</summary>
    public long Batches => _run.Batches;

    /// <summary>Batches run so far by size: element i counts those of more than 2^(i-1) and at most 2^i rows, the last also all larger ones.</summary>
    public IReadOnlyList<long> BatchSizes => _run.Sizes;

    /// <summary>Rows answered so far.</summary>
    public long Rows => _run.Rows;

    /// <summary>Rows that wait for a batch.</summary>
    public int WaitingRows
    {
        get
        {
            lock (_gate)
            {
                return _queues.Rows;
            }
        }
    }

    /// <summary>Time on the device's clock, in nanoseconds.</summary>
    internal long Now => _clock.Now;

    /// <summary>Managed bytes that the device's thread has allocated up to its last batch, answers included.</summary>
    internal long AllocatedBytes => Volatile.Read(ref _allocated);

    /// <summary>Jobs that a message id leads to.</summary>
    internal int NamedJobs
    {
        get
        {
            lock (_gate)
            {
                return _queues.Named;
            }
        }
    }

    /// <summary>What tuning has come to for each model on the device.</summary>
    public IReadOnlyList<BatchLimits> Limits
    {
        get
        {
            lock (_gate)
            {
                return _models.Select(model => model.Limits).ToArray();
            }
        }
    }

    /// <summary>Whether messages lately came close to their latency objective, so that other work on the machine had better wait.</summary>
    public bool IsPressed => _pressure.IsPressed(_clock.Now);

    /// <summary>Puts a model on the device, which owns it from here on.</summary>
    /// <exception cref="RefusedException"><c>worker-stopping</c>.</exception>
    public ModelExecutor Attach(string name, IInferenceModel model)
    {
        var executor = new ModelExecutor(this, name, model, _options);
        lock (_gate)
        {
            if (!_stopping)
            {
                _models.Add(executor);
                return executor;
            }
        }

        model.Dispose();
        throw BatchRefusals.Stopping(_device);
    }

    /// <summary>As <see cref="Stop"/>, with <see cref="StopPatience"/>.</summary>
    public void Dispose() => _ = Stop(StopPatience);

    /// <summary>
    /// Refuses whoever still waits, lets the batch at work end, and lets go of all models. A batch that takes too long is terminated; one that does not end
    /// even so is left to its thread, which keeps no process alive.
    /// </summary>
    /// <param name="patience">How long to wait for the batch, and as long again once it is terminated.</param>
    /// <returns>The model that was left at work; empty where none was, but the device did not end; null when all has ended, or was told to before.</returns>
    public string? Stop(TimeSpan patience)
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return null;
            }

            _stopping = true;
            foreach (var model in _models.ToArray())
            {
                Remove(model, BatchRefusals.Stopping(_device));
            }
        }

        _sleep.Disturb();
        if (!_thread.Join(patience) && Terminate() is var working && !_thread.Join(patience))
        {
            return working?.Name ?? "";
        }

        _sleep.Dispose();
        return null;
    }

    internal RefusedException? TryEnqueue(InferenceJob job)
    {
        lock (_gate)
        {
            if (job.State == JobState.Cancelled)
            {
                return null;
            }

            if (_stopping)
            {
                return BatchRefusals.Stopping(_device);
            }

            if (job.Model.Detached)
            {
                return BatchRefusals.Unloaded(job.Model.Name);
            }

            if (_queues.TryEnqueue(job, job.ArrivedAt) is { } refusal)
            {
                return refusal;
            }
        }

        _sleep.Disturb();
        return null;
    }

    /// <summary>
    /// Nobody awaits that message any more: it leaves the queue, or its batch is terminated if nobody awaits any other of it. Found though its model has left
    /// the device's memory since, or was loaded anew.
    /// </summary>
    public void Cancel(string model, long messageId)
    {
        lock (_gate)
        {
            _queues.Cancel(model, messageId);
        }
    }

    internal void Cancel(InferenceJob job)
    {
        lock (_gate)
        {
            _queues.Cancel(job);
        }
    }

    internal void Detach(ModelExecutor model)
    {
        lock (_gate)
        {
            if (model.Detached)
            {
                return;
            }

            Remove(model, BatchRefusals.Unloaded(model.Name));
        }

        _sleep.Disturb();
    }

    private ModelExecutor? Terminate()
    {
        lock (_gate)
        {
            _run.Stop(BatchRefusals.Stopping(_device));
            _queues.Working?.Model.Terminate();
            return _queues.Working;
        }
    }

    private void Remove(ModelExecutor model, RefusedException refusal)
    {
        model.Detached = true;
        _models.Remove(model);
        _detached.Add(model);
        var refused = new List<InferenceJob>();
        _queues.Refuse(model.Queue, refusal, refused);
        CompletedBatch.Dispatch(refused);
    }

    private void Loop()
    {
        var jobs = new List<InferenceJob>(_options.BatchRowsMax);
        var hopeless = new List<InferenceJob>();
        var detached = new List<ModelExecutor>();
        while (Next(jobs, hopeless, detached, out var model))
        {
            foreach (var executor in detached)
            {
                executor.Free();
            }

            detached.Clear();
            if (hopeless.Count > 0)
            {
                CompletedBatch.Dispatch(hopeless);
                hopeless.Clear();
            }

            if (jobs.Count > 0)
            {
                Execute(model!, jobs);
            }
        }
    }

    private void Execute(ModelExecutor model, List<InferenceJob> jobs)
    {
        var batch = _run.Execute(model, jobs);
        lock (_gate)
        {
            _queues.Retire(jobs, batch, _clock.Now);
        }

        if (batch is { } observed)
        {
            _pressure.Observe(observed);
        }

        CompletedBatch.Dispatch(jobs);
        jobs.Clear();
        Volatile.Write(ref _allocated, GC.GetAllocatedBytesForCurrentThread());
    }

    // Waits for work; false when the device stops and nothing is left to do.
    private bool Next(List<InferenceJob> jobs, List<InferenceJob> hopeless, List<ModelExecutor> detached, out ModelExecutor? model)
    {
        while (true)
        {
            var night = _sleep.Night;
            long holdUntil;
            lock (_gate)
            {
                detached.AddRange(_detached);
                _detached.Clear();
                model = _queues.Take(jobs, hopeless, _clock.Now, out holdUntil);
                if (jobs.Count > 0 || hopeless.Count > 0 || detached.Count > 0)
                {
                    return true;
                }

                if (_stopping)
                {
                    return false;
                }
            }

            if (holdUntil == 0)
            {
                _sleep.UntilDisturbed(night);
            }
            else
            {
                // Too short to sleep: it only gives way to those who may bring more.
                while (_sleep.Night == night && _clock.Now < holdUntil)
                {
                    Thread.Yield();
                }
            }
        }
    }
}
