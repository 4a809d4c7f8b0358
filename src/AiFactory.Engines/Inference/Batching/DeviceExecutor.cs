using AiFactory.Domain.Refusals;
using AiFactory.Engines.Devices;

namespace AiFactory.Engines.Inference.Batching;

/// <summary>
/// Runs the models of one device on one dedicated thread: plans a batch, executes it, applies its outcome. Callers go on on the thread pool, never
/// on the device's thread.
/// </summary>
public sealed class DeviceExecutor : IDisposable
{
    private readonly string _device;
    private readonly BatchingOptions _options;
    private readonly BatchPlanner _planner;
    private readonly BatchRun _run;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly DeviceSleep _sleep = new();
    private readonly List<ModelExecutor> _models = [];
    private readonly List<JobQueue> _queues = [];
    private readonly List<ModelExecutor> _detached = [];
    private long _arrivals;
    private int _waitingRows;
    private bool _stopping;

    /// <param name="device">Name that threads and refusals show, e.g. <c>silo-1/cpu-0</c>.</param>
    public DeviceExecutor(string device, BatchingOptions options, DeviceClock clock)
    {
        _device = device;
        _options = options;
        _planner = new(options.BatchRowsMax);
        _run = new(clock);
        _thread = new(Loop) { IsBackground = true, Name = device };
        _thread.Start();
    }

    /// <summary>Batches run so far.</summary>
    public long Batches => _run.Batches;

    /// <summary>Rows answered so far.</summary>
    public long Rows => _run.Rows;

    /// <summary>Puts a model on the device, which owns it from here on.</summary>
    /// <exception cref="RefusedException"><c>worker-stopping</c>.</exception>
    public ModelExecutor Attach(string name, IInferenceModel model)
    {
        var executor = new ModelExecutor(this, name, model);
        lock (_gate)
        {
            if (!_stopping)
            {
                _models.Add(executor);
                _queues.Add(executor.Queue);
                return executor;
            }
        }

        model.Dispose();
        throw BatchRefusals.Stopping(_device);
    }

    /// <summary>Refuses whoever still waits, lets the batch at work end, and lets go of all models.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
            foreach (var model in _models.ToArray())
            {
                Remove(model, BatchRefusals.Stopping(_device));
            }
        }

        _sleep.Disturb();
        _thread.Join();
        _sleep.Dispose();
    }

    internal RefusedException? TryEnqueue(ModelExecutor model, InferenceJob job)
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return BatchRefusals.Stopping(_device);
            }

            if (model.Detached)
            {
                return BatchRefusals.Unloaded(model.Name);
            }

            if (!HasRoom(job.Rows))
            {
                return BatchRefusals.Overloaded(_device, _options.QueueRowsMax);
            }

            job.Arrival = ++_arrivals;
            _waitingRows += job.Rows;
            model.Queue.Enqueue(job);
        }

        _sleep.Disturb();
        return null;
    }

    internal void Cancel(ModelExecutor model, long messageId)
    {
        lock (_gate)
        {
            model.Queue.Find(messageId)?.Cancel();
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

    // A message is taken whole, so one larger than the bound is let in when nothing else waits.
    private bool HasRoom(int rows)
    {
        if (_waitingRows == 0 || _waitingRows + rows <= _options.QueueRowsMax)
        {
            return true;
        }

        foreach (var queue in _queues)
        {
            _waitingRows -= queue.DropCancelled();
        }

        return _waitingRows == 0 || _waitingRows + rows <= _options.QueueRowsMax;
    }

    private void Remove(ModelExecutor model, RefusedException refusal)
    {
        model.Detached = true;
        _models.Remove(model);
        _queues.Remove(model.Queue);
        _detached.Add(model);
        var refused = new List<InferenceJob>();
        while (model.Queue.Count > 0)
        {
            var job = model.Queue.Dequeue();
            _waitingRows -= job.Rows;
            if (job.TryTake())
            {
                job.SetFailure(refusal);
                refused.Add(job);
            }
        }

        CompletedBatch.Dispatch(refused);
    }

    private void Loop()
    {
        var jobs = new List<InferenceJob>(_options.BatchRowsMax);
        var detached = new List<ModelExecutor>();
        while (Next(jobs, detached, out var model))
        {
            foreach (var executor in detached)
            {
                executor.Free();
            }

            detached.Clear();
            if (jobs.Count > 0)
            {
                _run.Execute(model!, jobs);
                CompletedBatch.Dispatch(jobs);
                jobs.Clear();
            }
        }
    }

    // Waits for work; false when the device stops and nothing is left to do.
    private bool Next(List<InferenceJob> jobs, List<ModelExecutor> detached, out ModelExecutor? model)
    {
        while (true)
        {
            var night = _sleep.Night;
            lock (_gate)
            {
                detached.AddRange(_detached);
                _detached.Clear();

                // A batch of which every caller gave up leaves other queues to look at.
                do
                {
                    model = Take(_planner.Plan(_queues), jobs);
                }
                while (model is not null && jobs.Count == 0);

                if (jobs.Count > 0 || detached.Count > 0)
                {
                    return true;
                }

                if (_stopping)
                {
                    return false;
                }
            }

            _sleep.UntilDisturbed(night);
        }
    }

    private ModelExecutor? Take(BatchPlan plan, List<InferenceJob> jobs)
    {
        if (plan.Queue < 0)
        {
            return null;
        }

        var model = _models[plan.Queue];
        for (var i = 0; i < plan.Messages; i++)
        {
            var job = model.Queue.Dequeue();
            _waitingRows -= job.Rows;
            if (job.TryTake())
            {
                jobs.Add(job);
            }
        }

        return model;
    }
}
