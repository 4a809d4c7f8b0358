using AiFactory.Domain.Endpoints;
using AiFactory.Grains.Workers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Endpoints;

/// <summary>Lets workers know of models that no route leads to any more, once gateways have followed the routes.</summary>
internal sealed partial class ModelRelease(IGrainFactory grains, IOptions<EndpointOptions> options, ILogger<ModelRelease> logger)
{
    /// <summary>How long gateways may take to follow. A request that comes later loads its model again, so it is safe at any length.</summary>
    public TimeSpan After => options.Value.ReleaseAfter;

    /// <summary>Tells the workers. One that does not answer lets go of the model when it was idle for long.</summary>
    public Task Release(IEnumerable<ModelUse> uses) => Task.WhenAll(uses.Select(TryRelease));

    private async Task TryRelease(ModelUse use)
    {
        try
        {
            await grains.GetGrain<IWorkerGrain>(use.Worker.ToGrainKey()).Release(use.Model);
        }
        catch (Exception exception)
        {
            // Whatever it is, the model goes by itself in the end.
            LogNotReleased(exception, use.Worker, use.Model);
        }
    }

    [LoggerMessage(LogLevel.Information, "Worker {Worker} was not told that nothing uses {Model} any more.")]
    private partial void LogNotReleased(Exception exception, Domain.Workers.WorkerKey worker, Domain.Models.ModelVersionKey model);
}
