namespace AiFactory.DecisionLog;

/// <summary>
/// One thread that makes appended records durable: it begins at most one interval after the first unsynced record, at once when somebody waits,
/// and one fsync serves all who wait.
/// </summary>
internal sealed class SyncThread : IDisposable
{
    private readonly Func<long> _sync;
    private readonly Action<Exception> _failed;
    private readonly TimeSpan _interval;
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _dirty = new(false, spinCount: 0);
    private readonly ManualResetEventSlim _hurry = new(false, spinCount: 0);
    private readonly Lock _gate = new();
    private readonly List<(long Target, TaskCompletionSource Done)> _waiting = [];
    private long _synced;
    private Exception? _failure;
    private volatile bool _stopping;

    /// <param name="sync">Makes everything durable and gives the address up to which it now is.</param>
    /// <param name="failed">Told once; no sync is tried after a failed one, since the kernel may have dropped the pages.</param>
    public SyncThread(string name, long synced, TimeSpan interval, Func<long> sync, Action<Exception> failed)
    {
        (_sync, _failed, _interval, _synced) = (sync, failed, interval, synced);
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Everything before this address is durable.</summary>
    public long Synced => Volatile.Read(ref _synced);

    public void MarkDirty()
    {
        if (!_dirty.IsSet)
        {
            _dirty.Set();
        }
    }

    /// <summary>Completes once everything before the target is durable.</summary>
    public Task Wait(long target)
    {
        TaskCompletionSource done;
        lock (_gate)
        {
            if (_failure is not null)
            {
                return Task.FromException(_failure);
            }

            if (_synced >= target)
            {
                return Task.CompletedTask;
            }

            done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((target, done));
        }

        _hurry.Set();
        _dirty.Set();
        return done.Task;
    }

    public void Dispose()
    {
        _stopping = true;
        _hurry.Set();
        _dirty.Set();
        _thread.Join();
        _dirty.Dispose();
        _hurry.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _dirty.Wait();
            _hurry.Wait(_interval);
            _hurry.Reset();
            _dirty.Reset();

            // Looked at before the sync: what came before the stop is synced after it.
            var last = _stopping;
            try
            {
                Complete(_sync());
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                Fail(problem);
                return;
            }

            if (last)
            {
                return;
            }
        }
    }

    private void Complete(long synced)
    {
        List<TaskCompletionSource> reached = [];
        lock (_gate)
        {
            Volatile.Write(ref _synced, synced);
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_waiting[i].Target <= synced)
                {
                    reached.Add(_waiting[i].Done);
                    _waiting.RemoveAt(i);
                }
            }
        }

        reached.ForEach(done => done.TrySetResult());
    }

    private void Fail(Exception problem)
    {
        _failed(problem);
        lock (_gate)
        {
            _failure = problem;
            _waiting.ForEach(waiter => waiter.Done.TrySetException(problem));
            _waiting.Clear();
        }
    }
}
