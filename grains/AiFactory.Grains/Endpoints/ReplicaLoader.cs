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
    /// <summary>Workers that now have the model. A worker that does not answer is left out while another one does.</summary>
    /// <exception cref="RefusedException">No worker is there, none answers, or the model itself cannot be loaded.</exception>
    public async Task<IReadOnlyList<WorkerKey>> Load(ModelVersionKey model)
    {
        var pool = await grains.GetGrain<IWorkerPoolGrain>(WorkerPool.Default).List();
        var chosen = options.Value.Replicas > 0 ? pool.Take(options.Value.Replicas) : pool;
        var loaded = await Task.WhenAll(chosen.Select(worker => TryLoad(worker, model)));
        WorkerKey[] replicas = [.. loaded.OfType<WorkerKey>()];
        return replicas.Length > 0
            ? replicas
            : throw new RefusedException(new Refusal("workers-too-few", RefusalKind.Unavailable, $"No worker could load {model}.", model.ToString(),
                "Wait until the factory's workers are up (factory status), then deploy again."));
    }

    private async Task<WorkerKey?> TryLoad(WorkerKey worker, ModelVersionKey model)
    {
        try
        {
            await grains.GetGrain<IWorkerGrain>(worker.ToGrainKey()).Load(model);
            return worker;
        }
        catch (Exception exception) when (exception is not RefusedException)
        {
            LogNotLoaded(exception, worker, model);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Worker {Worker} could not load {Model}.")]
    private partial void LogNotLoaded(Exception exception, WorkerKey worker, ModelVersionKey model);
}
