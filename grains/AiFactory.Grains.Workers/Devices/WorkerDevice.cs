using System.Collections.Concurrent;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using AiFactory.Engines.Inference.Batching;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>A device of this silo: its thread, its meter and the models in its memory. Lives as long as the silo.</summary>
internal sealed class WorkerDevice : IDisposable
{
    private readonly ModelLoader _loader;
    private readonly ConcurrentDictionary<string, Lazy<Task<ModelExecutor>>> _models = new(StringComparer.Ordinal);

    public WorkerDevice(WorkerKey key, Device device, DeviceClock clock, DeviceExecutor executor, ModelLoader loader)
    {
        (Key, Device, Clock, Executor, _loader) = (key, device, clock, executor, loader);
    }

    public WorkerKey Key { get; }

    public Device Device { get; }

    public DeviceClock Clock { get; }

    public DeviceExecutor Executor { get; }

    /// <summary>Model versions in memory, <c>tenant/name/version</c>.</summary>
    public IReadOnlyList<string> LoadedModels =>
        [.. _models.Where(model => model.Value is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }).Select(model => model.Key).Order(StringComparer.Ordinal)];

    /// <summary>The model, brought into memory by the first who asks; the others wait for that.</summary>
    /// <param name="modelVersion"><see cref="ModelVersionKey.ToGrainKey"/>.</param>
    /// <exception cref="Domain.Refusals.RefusedException">It cannot be loaded; the next call tries again.</exception>
    public Task<ModelExecutor> Model(string modelVersion)
    {
        var loading = _models.GetOrAdd(modelVersion, key => new Lazy<Task<ModelExecutor>>(() => Load(key)));
        return loading.Value;
    }

    public void Unload(string modelVersion)
    {
        if (_models.TryRemove(modelVersion, out var loading) && loading.IsValueCreated)
        {
            _ = loading.Value.ContinueWith(
                static loaded => loaded.Result.Dispose(),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default);
        }
    }

    public void Dispose() => Executor.Dispose();

    private async Task<ModelExecutor> Load(string modelVersion)
    {
        try
        {
            var model = await _loader.Load(ModelVersionKey.FromGrainKey(modelVersion), Device);
            return Executor.Attach(modelVersion, model);
        }
        catch
        {
            _models.TryRemove(modelVersion, out _);
            throw;
        }
    }
}
