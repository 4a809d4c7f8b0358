using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Gateway.Problems;
using AiFactory.Grains.Models;
using AiFactory.Grains.Workers;

namespace AiFactory.Gateway.Models;

/// <summary>Which models lie in the workers' memory, and commands to bring them there and take them out.</summary>
internal sealed class ModelResidency(IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan DescribeMax = TimeSpan.FromSeconds(2);

    /// <summary>The tenant's models on each worker that answers, and the budgets.</summary>
    public async Task<IReadOnlyList<WorkerModels>> List(string tenant)
    {
        var pool = await Pool();
        var described = await Task.WhenAll(pool.Select(Describe));
        return [.. described.OfType<WorkerModels>().Select(models => Own(models, tenant))];
    }

    /// <summary>Brings a version into memory, where it stays until it is unloaded.</summary>
    /// <exception cref="RefusedException">Unknown version or worker, or it cannot be loaded.</exception>
    public Task<IReadOnlyList<WorkerModels>> Load(ModelKey model, int? version, string? worker) => Each(model, version, worker, (grain, key) => grain.Pin(key), pin: true);

    /// <summary>Takes a version out of memory once its messages at work are answered; the next request for it loads it again.</summary>
    /// <exception cref="RefusedException">Unknown version or worker.</exception>
    public Task<IReadOnlyList<WorkerModels>> Unload(ModelKey model, int? version, string? worker) => Each(model, version, worker, (grain, key) => grain.Unload(key), pin: false);

    /// <summary>Brings a version into the memory of those of the workers named that are there, where it stays until it is unloaded.</summary>
    /// <exception cref="RefusedException"><c>workers-missing</c>, or it cannot be loaded.</exception>
    public Task Pin(ModelVersionKey model, IReadOnlyCollection<string> workers) => Among(workers, worker => worker.Pin(model));

    /// <summary>Takes a version out of the memory of those of the workers named that are there.</summary>
    /// <exception cref="RefusedException"><c>workers-missing</c>.</exception>
    public Task Unpin(ModelVersionKey model, IReadOnlyCollection<string> workers) => Among(workers, worker => worker.Unload(model));

    private static WorkerModels Own(WorkerModels models, string tenant) =>
        models with { Models = [.. models.Models.Where(model => model.Model.StartsWith($"{tenant}/", StringComparison.Ordinal))] };

    private async Task<IReadOnlyList<WorkerModels>> Each(ModelKey model, int? version, string? worker, Func<IWorkerGrain, ModelVersionKey, Task<WorkerModels>> act, bool pin)
    {
        var found = await grains.GetGrain<IModelGrain>(model.ToGrainKey()).GetVersion(version);
        var key = new ModelVersionKey(model.Tenant, model.Model, found.Version);
        var pool = await Pool();
        var chosen = worker is null ? pool : [.. pool.Where(candidate => candidate.ToGrainKey() == worker)];
        if (chosen.Count == 0)
        {
            throw worker is null
                ? Missing()
                : new RefusedException(new("worker-not-found", RefusalKind.NotFound, $"There is no worker '{worker}'.", worker, $"There are: {string.Join(", ", pool)}."));
        }

        var done = await Task.WhenAll(chosen.Select(candidate => act(grains.GetGrain<IWorkerGrain>(candidate.ToGrainKey()), key)));
        if (worker is null)
        {
            // Workers that join later have it too.
            var everywhere = grains.GetGrain<IWorkerPinsGrain>(WorkerPins.All.ToGrainKey());
            await (pin ? everywhere.Add(key) : everywhere.Remove(key));
        }

        return [.. done.Select(models => Own(models, model.Tenant))];
    }

    private async Task Among(IReadOnlyCollection<string> workers, Func<IWorkerGrain, Task<WorkerModels>> act)
    {
        var present = (await Pool()).Select(worker => worker.ToGrainKey()).Where(workers.Contains).ToArray();
        await Task.WhenAll(present.Length > 0 ? present.Select(worker => act(grains.GetGrain<IWorkerGrain>(worker))) : throw Missing());
    }

    private static RefusedException Missing() => new(new("workers-missing", RefusalKind.Unavailable, "There is no worker.", null, "Try again in a second; see factory status."));

    private Task<IReadOnlyList<WorkerKey>> Pool() => grains.GetGrain<IWorkerPoolGrain>("default").List();

    private async Task<WorkerModels?> Describe(WorkerKey worker)
    {
        try
        {
            return await grains.GetGrain<IWorkerGrain>(worker.ToGrainKey()).DescribeModels().WaitAsync(DescribeMax, time);
        }
        catch (Exception failure) when (Failures.IsUnavailable(failure))
        {
            return null;
        }
    }
}
