using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Workers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Endpoints;

/// <summary>Brings models into the memory of workers.</summary>
internal sealed partial class ReplicaLoader(IGrainFactory grains, IOptions<EndpointOptions> options, ILogger<ReplicaLoader> logger)
{
    /// <summary>The workers there are.</summary>
    public Task<PoolView> Pool() => grains.GetGrain<IWorkerPoolGrain>(WorkerPool.Default).View();

    /// <summary>Workers that now have the model. A worker that does not answer is left out while another one does.</summary>
    /// <exception cref="RefusedException">No worker is there or fits, none answers, or the model itself cannot be loaded.</exception>
    public async Task<IReadOnlyList<WorkerKey>> Load(ModelVersion model, string tenant, PlacementTerms? terms)
    {
        var key = new ModelVersionKey(tenant, model.Model, model.Version);
        var pool = await Pool();
        var replicas = await Load(key, Choose(pool, model, key, terms, options.Value.Replicas).OrThrow());
        return replicas.Count > 0
            ? replicas
            : throw new RefusedException(new Refusal("workers-too-few", RefusalKind.Unavailable, $"No worker could load {key}.", key.ToString(),
                "Wait until the factory's workers are up (factory status), then deploy again."));
    }

    /// <summary>Workers beside those of a route that now have the model; none where none is there, fits or answers.</summary>
    /// <param name="present">Workers that the route leads to.</param>
    public async Task<IReadOnlyList<WorkerKey>> LoadMore(ModelVersion model, string tenant, PlacementTerms? terms, IReadOnlyList<WorkerKey> present, PoolView pool)
    {
        var key = new ModelVersionKey(tenant, model.Model, model.Version);
        return Choose(pool, model, key, terms, count: 0) is { Granted: true, Value: var chosen }
            ? await Load(key, ReplicaRules.Newcomers(present, chosen, pool, options.Value.Replicas), tolerant: true)
            : [];
    }

    private static Ruling<IReadOnlyList<WorkerKey>> Choose(PoolView pool, ModelVersion model, ModelVersionKey key, PlacementTerms? terms, int count)
    {
        var ready = pool.Workers.Where(worker => worker.Standing == WorkerStanding.Ready).Select(worker => new PlacementCandidate(worker)).ToArray();
        // Fewer than asked for are taken too: others may join later.
        var fitting = PlacementPolicy.Replicas(new PlacementDemand(key.ToString(), terms ?? PlacementTerms.Any, Math.Max(model.ArtifactBytes, model.MemoryBytes)), ready);
        return fitting.Granted && count > 0 ? Ruling.Of<IReadOnlyList<WorkerKey>>([.. fitting.Value.Take(count)]) : fitting;
    }

    private async Task<IReadOnlyList<WorkerKey>> Load(ModelVersionKey model, IReadOnlyList<WorkerKey> workers, bool tolerant = false)
    {
        var loaded = await Task.WhenAll(workers.Select(worker => TryLoad(worker, model, tolerant)));
        return [.. loaded.OfType<WorkerKey>()];
    }

    private async Task<WorkerKey?> TryLoad(WorkerKey worker, ModelVersionKey model, bool tolerant)
    {
        try
        {
            await grains.GetGrain<IWorkerGrain>(worker.ToGrainKey()).Load(model);
            return worker;
        }
        catch (Exception exception) when (tolerant || exception is not RefusedException { Refusal.Kind: not RefusalKind.Unavailable })
        {
            LogNotLoaded(exception, worker, model);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Worker {Worker} could not load {Model}.")]
    private partial void LogNotLoaded(Exception exception, WorkerKey worker, ModelVersionKey model);
}
