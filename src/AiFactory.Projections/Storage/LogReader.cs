using AiFactory.DecisionLog;
using AiFactory.DecisionLog.Shipping;
using AiFactory.Threading;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Projections.Storage;

/// <summary>
/// Feeds a store from the silo's decision log: records in batches, each batch in one transaction with the position after it, so that every record has its
/// effect exactly once whatever dies when. Works on a thread of its own that gives way to those that decide.
/// </summary>
internal sealed partial class LogReader<TStore>(IDecisionLog log, TStore store, IOptions<ProjectionOptions> options, ILogger<LogReader<TStore>> logger)
    : IHostedService, ILogConsumer, IDisposable
    where TStore : class, IProjectionStore
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LogHead> _batch = [];
    private long _position = Resume(log, store, logger);
    private Thread? _thread;
    private bool _disposed;

    /// <summary>Everything before it has had its effect.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Returns once every record before the log's present tail has had its effect.</summary>
    /// <exception cref="Domain.Refusals.RefusedException"><c>projection-unavailable</c>.</exception>
    public async Task CatchUp(CancellationToken cancellation)
    {
        var tail = log.Tail;
        while (Position < tail)
        {
            await _gate.WaitAsync(cancellation);
            try
            {
                if (!ApplyBatch(tail))
                {
                    return;
                }
            }
            catch (SqliteException problem)
            {
                throw ProjectionRefusals.Unavailable(typeof(TStore).Name, problem);
            }
            finally
            {
                _gate.Release();
            }
        }
    }

    /// <summary>Catches up, then asks the store.</summary>
    public async Task<T> Query<T>(Func<TStore, T> query, CancellationToken cancellation)
    {
        await CatchUp(cancellation);
        return await QueryAsItStands(query, cancellation);
    }

    /// <summary>Asks the store without waiting for the log's newest records.</summary>
    public async Task<T> QueryAsItStands<T>(Func<TStore, T> query, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            return query(store);
        }
        catch (SqliteException problem)
        {
            throw ProjectionRefusals.Unavailable(typeof(TStore).Name, problem);
        }
        finally
        {
            _gate.Release();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _thread = new Thread(Follow) { Name = typeof(TStore).Name, IsBackground = true };
        _thread.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        if (_thread is not null)
        {
            // A host in a hurry does not wait: what was not read yet is read at the next start.
            await _stopped.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // The container does it once for the reader and once for the hosted service.
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        _stopping.Cancel();
        _thread?.Join();
        _stopping.Dispose();
        _gate.Dispose();
    }

    private void Follow()
    {
        BackgroundThread.Enter();
        var stopping = _stopping.Token;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                CatchUpHere(stopping);
                log.WaitForRecords(Position, stopping).GetAwaiter().GetResult();
                stopping.WaitHandle.WaitOne(options.Value.Linger);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
#pragma warning disable CA1031 // Whatever it is: a reader that gave up would take the whole host down with it.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                ReaderPaused(logger, typeof(TStore).Name, options.Value.RetryAfter, problem);
                stopping.WaitHandle.WaitOne(options.Value.RetryAfter);
            }
        }

        _stopped.SetResult();
    }

    // Without leaving this thread, as awaiting may.
    private void CatchUpHere(CancellationToken cancellation)
    {
        for (var tail = log.Tail; Position < tail;)
        {
            _gate.Wait(cancellation);
            try
            {
                ApplyBatch(tail);
            }
            finally
            {
                _gate.Release();
            }
        }
    }

    // Loss of power may take the log's last unsynced records but not what was made of them. New records come to the same addresses, and would be
    // taken for known ones.
    private static long Resume(IDecisionLog log, TStore store, ILogger logger)
    {
        var position = store.Position(log.Name);
        if (store.HoldsOtherThan(log.Name))
        {
            // The silo was renamed. What the other log holds counts as that log's, not once more as this one's.
            ReaderOfOther(logger, typeof(TStore).Name, log.Name, store.BeginAnew());
            return 0;
        }

        if (position <= log.Tail)
        {
            return position;
        }

        ReaderAhead(logger, typeof(TStore).Name, position, log.Tail, store.BeginAnew());
        return 0;
    }

    private bool ApplyBatch(long tail)
    {
        var position = Position;
        if (position >= tail)
        {
            return false; // Another caller was here meanwhile.
        }

        _batch.Clear();
        _batch.AddRange(log.ReadHeadsFrom(position).Take(options.Value.BatchRecordsMax));
        var next = _batch.Count > 0 ? _batch[^1].Next : tail; // No valid record before the tail: what is there was reported as damage.
        store.Apply(log.Name, _batch, next);
        Volatile.Write(ref _position, next);
        return true;
    }
}
