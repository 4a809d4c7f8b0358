using AiFactory.Domain.Refusals;

namespace AiFactory.Engines.Inference.Batching;

/// <summary>What waits for a device and what is at work on it. Used under the device's lock.</summary>
internal sealed class DeviceQueues(string device, BatchingOptions options)
{
    private readonly BatchPlanner _planner = new((long)(options.AgingMs * 1_000_000));

    // Only queues in which something stands, so that planning does not cost by models that nobody asks for.
    private readonly List<JobQueue> _listed = [];
    private readonly JobTable _named = new();
    private ModelExecutor? _working;
    private long _workingUntil;
    private long _freeSince = long.MinValue / 2;
    private long _arrivals;
    private int _atWork;
    private int _givenUp;
    private bool _leftBehind;

    /// <summary>Rows waiting.</summary>
    public int Rows { get; private set; }

    /// <summary>Jobs that can be cancelled by id.</summary>
    public int Named => _named.Count;

    /// <summary>The model at work; null: none.</summary>
    public ModelExecutor? Working => _working;

    /// <summary>Queues with something in them.</summary>
    public int Listed => _listed.Count;

    /// <summary>Takes a job in, or says why not.</summary>
    public RefusedException? TryEnqueue(InferenceJob job, long now)
    {
        // A message is taken whole, so one larger than the bound is let in when nothing else waits.
        if (Rows > 0 && Rows + job.Rows > options.QueueRowsMax)
        {
            return BatchRefusals.Overloaded(device, options.QueueRowsMax);
        }

        if (job.DeadlineAt != long.MaxValue && job.DeadlineAt - now < Math.Max(1, ExpectedUntilDone(job, now)))
        {
            return BatchRefusals.DeadlineUnreachable(job.Model.Name);
        }

        job.Arrival = ++_arrivals;
        Rows += job.Rows;
        var queue = job.Model.Queue;
        queue.Enqueue(job);
        if (!queue.IsListed)
        {
            queue.IsListed = true;
            _listed.Add(queue);
        }

        if (job.MessageId != 0)
        {
            _named.Add(job);
        }

        return null;
    }

    /// <summary>Plans a batch and takes its jobs; none when nothing is to run now.</summary>
    /// <param name="hopeless">Takes the jobs whose deadline cannot be met any more; their failure is set.</param>
    /// <param name="holdUntil">When to ask again though nothing new came; 0: not before something comes.</param>
    public ModelExecutor? Take(List<InferenceJob> jobs, List<InferenceJob> hopeless, long now, out long holdUntil)
    {
        while (true)
        {
            var plan = _planner.Plan(_listed, now, _freeSince);
            holdUntil = plan.HoldUntil;
            if (plan.Queue < 0)
            {
                return null;
            }

            var queue = _listed[plan.Queue];
            Take(queue, 0, plan.High, jobs, hopeless, now);
            Take(queue, 1, plan.Normal, jobs, hopeless, now);
            Take(queue, 2, plan.Low, jobs, hopeless, now);
            Unlist(queue);

            // A batch of which nobody awaits an answer leaves other queues to look at.
            if (jobs.Count > 0)
            {
                (_working, _atWork, _givenUp) = (jobs[0].Model, jobs.Count, 0);
                _leftBehind = queue.Count > 0;
                _workingUntil = now + _working.Tuner.ExpectedSurely(plan.Rows, now);
                return _working;
            }
        }
    }

    /// <summary>Forgets the batch at work, which has ended.</summary>
    /// <param name="batch">Null when it failed or was given up, which teaches nothing.</param>
    public void Retire(List<InferenceJob> jobs, BatchObservation? batch, long now)
    {
        (_working, _freeSince) = (null, now);
        var model = jobs[0].Model;
        foreach (var job in jobs)
        {
            job.State = JobState.Done;
            if (job.MessageId != 0)
            {
                _named.Remove(job);
            }

            if (batch is not null)
            {
                model.Tuner.Arrived(job.ArrivedAt, job.Rows);
            }
        }

        if (batch is { } observed)
        {
            model.Tuner.Observe(observed with { More = _leftBehind });
        }
    }

    public void Cancel(string model, long messageId)
    {
        if (messageId != 0 && _named.Find(model, messageId) is { } job)
        {
            Cancel(job);
        }
    }

    /// <summary>A waiting job fails as cancelled; a batch of which nobody awaits an answer any more is terminated.</summary>
    public void Cancel(InferenceJob job)
    {
        if (job.State == JobState.Waiting)
        {
            // Of an id that another message bears too, the later one is found first; each leaves once.
            var queued = job.Arrival != 0;
            job.CancelWaiting();
            if (queued)
            {
                Rows -= job.Rows;
                _named.Remove(job);
                job.Model.Queue.Cancelled(job);
                Unlist(job.Model.Queue);
            }
        }
        else if (job.State == JobState.Taken)
        {
            job.State = JobState.GivenUp;
            if (++_givenUp == _atWork)
            {
                _working!.Model.Terminate();
            }
        }
    }

    /// <summary>Empties a queue.</summary>
    /// <param name="refused">Takes the jobs that waited; their failure is set.</param>
    public void Refuse(JobQueue queue, RefusedException refusal, List<InferenceJob> refused)
    {
        for (var priority = 0; priority < JobQueue.Classes; priority++)
        {
            while (queue.CountOf(priority) > 0)
            {
                var job = queue.Dequeue(priority);
                if (job.State == JobState.Waiting)
                {
                    Fail(job, refusal, refused);
                }
            }
        }

        Unlist(queue);
    }

    /// <summary>Nanoseconds until all that goes before a message, and the message itself, are expected to be done.</summary>
    private long ExpectedUntilDone(InferenceJob job, long now)
    {
        var expected = _working is null ? 0 : Math.Max(0, _workingUntil - now);
        var own = job.Rows;
        foreach (var queue in _listed)
        {
            if (queue == job.Model.Queue)
            {
                own += queue.RowsUpTo(job.Class);
            }
            else
            {
                expected += queue.Tuner.ExpectedSurely(queue.RowsUpTo(job.Class), now);
            }
        }

        return expected + job.Model.Tuner.ExpectedSurely(own, now);
    }

    private void Take(JobQueue queue, int priority, int count, List<InferenceJob> jobs, List<InferenceJob> hopeless, long now)
    {
        for (var i = 0; i < count; i++)
        {
            var job = queue.Dequeue(priority);
            if (job.State == JobState.Cancelled)
            {
                continue;
            }

            if (queue.IsHopeless(job, now))
            {
                Fail(job, BatchRefusals.DeadlineUnreachable(job.Model.Name), hopeless);
                continue;
            }

            Rows -= job.Rows;
            job.State = JobState.Taken;
            jobs.Add(job);
        }
    }

    private void Fail(InferenceJob job, RefusedException refusal, List<InferenceJob> failed)
    {
        Rows -= job.Rows;
        if (job.MessageId != 0)
        {
            _named.Remove(job);
        }

        job.State = JobState.Done;
        job.SetFailure(refusal);
        failed.Add(job);
    }

    private void Unlist(JobQueue queue)
    {
        if (queue.IsListed && queue.Count == 0)
        {
            queue.IsListed = false;
            _listed.Remove(queue);
        }
    }
}
