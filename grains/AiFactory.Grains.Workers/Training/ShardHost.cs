using System.Collections.Concurrent;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Training;
using AiFactory.Threading;
using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Workers.Training;

/// <summary>The shards at work on this silo, each on a thread of its own; their results go to the run's grain.</summary>
internal sealed partial class ShardHost(ShardTraining training, IGrainFactory grains, ILogger<ShardHost> logger) : IDisposable
{
    // Pieces may come in before the shard they are for has started; what never starts is dropped from the oldest on.
    private const int InboxesMax = 256;

    private readonly ConcurrentDictionary<ShardKey, Shard> _shards = new();
    private readonly Dictionary<ShardKey, RingInbox> _inboxes = [];
    private readonly Queue<ShardKey> _inboxAge = new();
    private readonly HashSet<ShardKey> _ended = [];
    private readonly Queue<ShardKey> _endedAge = new();
    private readonly Lock _gate = new();

    /// <summary>Runs at work on a worker, <c>tenant/run</c>.</summary>
    public IReadOnlyList<string> Runs(WorkerKey worker) => [.. _shards.Keys.Where(key => key.Worker == worker).Select(key => key.Run)];

    /// <summary>Starts a rank and returns; starting what is at work has no effect.</summary>
    /// <exception cref="RefusedException"><c>shard-ended</c>: that attempt is over here.</exception>
    public void Start(ShardAssignment assignment, WorkerKey worker)
    {
        var key = new ShardKey(worker, assignment.Run.ToGrainKey(), assignment.Attempt);
        var shard = new Shard();
        RingInbox inbox;
        lock (_gate)
        {
            inbox = Inbox(key);
            if (!_shards.TryAdd(key, shard))
            {
                shard.Stopping.Dispose();
                return;
            }
        }

        new Thread(() => Run(key, assignment, inbox, shard)) { IsBackground = true, Name = $"train {key.Run} rank {assignment.Rank}" }.Start();
    }

    public bool Has(WorkerKey worker, TrainingRunKey run, int attempt) => _shards.ContainsKey(new ShardKey(worker, run.ToGrainKey(), attempt));

    /// <summary>Asks a rank to stop; it does so at the next step. A start that comes later is refused.</summary>
    public void Stop(WorkerKey worker, TrainingRunKey run, int attempt)
    {
        var key = new ShardKey(worker, run.ToGrainKey(), attempt);
        End(key);
        if (_shards.TryGetValue(key, out var shard))
        {
            shard.Stop();
        }
    }

    /// <summary>As <see cref="Stop"/>, of every rank on a worker.</summary>
    public void StopAll(WorkerKey worker)
    {
        foreach (var (key, shard) in _shards.Where(shard => shard.Key.Worker == worker))
        {
            End(key);
            shard.Stop();
        }
    }

    /// <summary>Takes a piece from the previous rank.</summary>
    /// <exception cref="RefusedException"><c>shard-ended</c>: the rank it is for will take no more, so that its sender need not go on.</exception>
    public void Accept(WorkerKey worker, RingMessage message) =>
        Inbox(worker, message.Run, message.Attempt).Post(message.Sequence, message.Values.Value);

    /// <summary>Where the pieces for a rank wait.</summary>
    /// <exception cref="RefusedException"><c>shard-ended</c>.</exception>
    internal RingInbox Inbox(WorkerKey worker, string run, int attempt) => Inbox(new ShardKey(worker, run, attempt));

    public void Dispose()
    {
        foreach (var shard in _shards.Values)
        {
            shard.Stop();
        }
    }

    private RingInbox Inbox(ShardKey key)
    {
        lock (_gate)
        {
            if (_ended.Contains(key))
            {
                throw new RefusedException(new Refusal("shard-ended", RefusalKind.Unavailable,
                    $"Attempt {key.Attempt} of {key.Run} has ended on worker {key.Worker}.", key.Worker.ToGrainKey()));
            }

            if (!_inboxes.TryGetValue(key, out var inbox))
            {
                _inboxes.Add(key, inbox = new RingInbox());
                _inboxAge.Enqueue(key);
                while (_inboxAge.Count > InboxesMax && _inboxAge.TryDequeue(out var oldest))
                {
                    if (!_shards.ContainsKey(oldest))
                    {
                        _inboxes.Remove(oldest);
                    }
                }
            }

            return inbox;
        }
    }

    private void Run(ShardKey key, ShardAssignment assignment, RingInbox inbox, Shard shard)
    {
        BackgroundThread.Enter();
        var run = grains.GetGrain<ITrainingRunGrain>(key.Run);
        try
        {
            if (training.Run(assignment, inbox, shard.Stopping.Token) is { } result)
            {
                run.ShardCompleted(assignment.Attempt, result).GetAwaiter().GetResult();
            }
        }
        catch (Exception) when (shard.Stopping.IsCancellationRequested)
        {
            // Whatever it ended in: nobody waits for it, and its peers may have stopped first.
            LogStopped(key.Run, assignment.Attempt, assignment.Rank);
        }
        catch (Exception exception)
        {
            LogFailed(exception, key.Run, assignment.Attempt, assignment.Rank);
            Report(run, assignment, exception);
        }
        finally
        {
            lock (_gate)
            {
                _shards.TryRemove(key, out _);
                End(key);
            }

            shard.Stopping.Dispose();
        }
    }

    private void End(ShardKey key)
    {
        lock (_gate)
        {
            _inboxes.Remove(key);
            if (_ended.Add(key))
            {
                _endedAge.Enqueue(key);
                if (_endedAge.Count > InboxesMax)
                {
                    _ended.Remove(_endedAge.Dequeue());
                }
            }
        }
    }

    // If even the report does not arrive, the run's own watch finds the shard gone.
    private void Report(ITrainingRunGrain run, ShardAssignment assignment, Exception exception)
    {
        var refusal = exception is RefusedException refused
            ? refused.Refusal
            : new Refusal("shard-fault", RefusalKind.Fault, $"Rank {assignment.Rank} failed: {exception.Message}", assignment.Ring[assignment.Rank].ToGrainKey(),
                "The server's log has the details.");
        try
        {
            run.ShardFailed(assignment.Attempt, assignment.Rank, refusal).GetAwaiter().GetResult();
        }
        catch (Exception unreported)
        {
            LogUnreported(unreported, assignment.Run.ToGrainKey(), assignment.Attempt, assignment.Rank);
        }
    }

    private readonly record struct ShardKey(WorkerKey Worker, string Run, int Attempt);

    private sealed class Shard
    {
        public CancellationTokenSource Stopping { get; } = new();

        public void Stop()
        {
            try
            {
                Stopping.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended by itself.
            }
        }
    }
}
