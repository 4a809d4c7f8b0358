using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Workers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Training;

/// <summary>Talks to the workers of a training run; none of them can keep it waiting.</summary>
internal sealed partial class TrainingCrew(
    IGrainFactory grains, IOptions<TrainingRunOptions> options, TimeProvider time, ILogger<TrainingCrew> logger)
{
    /// <summary>Workers that answer and that the run may be placed on, as many as it has shards.</summary>
    public async Task<Ruling<IReadOnlyList<WorkerKey>>> Choose(TrainingRunKey run, TrainingSpec spec)
    {
        var pool = (await grains.GetGrain<IWorkerPoolGrain>(WorkerPool.Default).View()).Workers.Where(worker => worker.Standing == WorkerStanding.Ready).ToArray();
        var statuses = await Task.WhenAll(pool.Select(worker => Describe(worker.Key)));
        var candidates = pool.Zip(statuses).Where(worker => worker.Second is not null).Select(worker => new PlacementCandidate(worker.First, worker.Second!.TrainingRuns.Count));
        return PlacementPolicy.Shards(new PlacementDemand($"Training run {run.RunId}", spec.Placement ?? PlacementTerms.Any, Count: spec.Shards!.Value), candidates);
    }

    /// <summary>Starts every rank; the reason when one cannot.</summary>
    public async Task<Refusal?> Start(IEnumerable<ShardAssignment> assignments)
    {
        try
        {
            await Task.WhenAll(assignments.Select(assignment => Limit(Worker(assignment.Ring[assignment.Rank]).StartShard(assignment))));
            return null;
        }
        catch (RefusedException exception)
        {
            return exception.Refusal;
        }
        catch (Exception exception)
        {
            LogNotStarted(exception);
            return new Refusal("shard-not-started", RefusalKind.Unavailable, $"A worker could not start its shard: {exception.Message}");
        }
    }

    /// <summary>What each rank's worker is seen to do.</summary>
    public async Task<ShardSight[]> Look(TrainingRunKey run, int attempt, IReadOnlyList<WorkerKey> ring)
    {
        var pool = await grains.GetGrain<IWorkerPoolGrain>(WorkerPool.Default).View();
        return await Task.WhenAll(ring.Select(key => pool.IsGone(key) ? Task.FromResult(ShardSight.Withdrawn) : Look(run, attempt, key)));
    }

    private async Task<ShardSight> Look(TrainingRunKey run, int attempt, WorkerKey key)
    {
        try
        {
            return await Limit(Worker(key).HasShard(run, attempt)) ? ShardSight.AtWork : ShardSight.Absent;
        }
        catch (Exception exception)
        {
            LogSilent(exception, key);
            return ShardSight.Silent;
        }
    }

    /// <summary>Stops every rank that can be reached; the others find out by their peers' silence.</summary>
    public Task Stop(TrainingRunKey run, int attempt, IReadOnlyList<WorkerKey> ring) => Task.WhenAll(ring.Select(async key =>
    {
        try
        {
            await Limit(Worker(key).StopShard(run, attempt));
        }
        catch (Exception exception)
        {
            LogSilent(exception, key);
        }
    }));

    private async Task<WorkerStatus?> Describe(WorkerKey key)
    {
        try
        {
            return await Limit(Worker(key).Describe());
        }
        catch (Exception exception)
        {
            LogSilent(exception, key);
            return null;
        }
    }

    private IWorkerGrain Worker(WorkerKey key) => grains.GetGrain<IWorkerGrain>(key.ToGrainKey());

    private Task<T> Limit<T>(Task<T> call) => call.WaitAsync(options.Value.AnswerTimeout, time);

    private Task Limit(Task call) => call.WaitAsync(options.Value.AnswerTimeout, time);

    [LoggerMessage(LogLevel.Warning, "A worker could not start its shard.")]
    private partial void LogNotStarted(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Worker {Worker} does not answer.")]
    private partial void LogSilent(Exception exception, WorkerKey worker);
}
