using System.Collections.Concurrent;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference.Batching;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>The model versions in one device's memory, by grain key; loaded once each, on demand.</summary>
internal sealed class DeviceModels(Device device, DeviceExecutor executor, ModelLoader loader, long bytesMax)
{
    private const int RunsMax = 3;

    private readonly ConcurrentDictionary<string, Resident> _resident = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task<ModelExecutor>> _loading = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private long _uses;

    public IReadOnlyList<string> Names => [.. _resident.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Runs a message on a model, which is loaded first if need be, also when it just had to make room for another.</summary>
    /// <exception cref="RefusedException">It cannot be loaded, or as <see cref="ModelExecutor.Run"/>.</exception>
    public async ValueTask<InferenceAnswer> Run(string name, InferenceMessage message)
    {
        for (var attempt = 1; ; attempt++)
        {
            var model = Find(name) ?? await Load(name);
            try
            {
                return await model.Run(message.PackedRows, message.Rows, InferenceReply.HeaderBytes, CancellationToken.None);
            }
            catch (RefusedException refused) when (refused.Refusal.Code == ModelExecutor.UnloadedCode && attempt < RunsMax)
            {
                // Unloaded between being found and being run.
            }
        }
    }

    /// <summary>Brings a model into memory, if it is not there; callers at the same time share one load.</summary>
    /// <exception cref="RefusedException">It cannot be loaded; the next call tries again.</exception>
    public Task<ModelExecutor> Load(string name)
    {
        lock (_gate)
        {
            if (Find(name) is { } model)
            {
                return Task.FromResult(model);
            }

            if (!_loading.TryGetValue(name, out var loading))
            {
                _loading[name] = loading = LoadNew(name);
            }

            return loading;
        }
    }

    public void Unload(string name)
    {
        if (_resident.TryRemove(name, out var resident))
        {
            resident.Executor.Dispose();
        }
    }

    private ModelExecutor? Find(string name)
    {
        if (!_resident.TryGetValue(name, out var resident))
        {
            return null;
        }

        Volatile.Write(ref resident.LastUsed, Interlocked.Increment(ref _uses));
        return resident.Executor;
    }

    private async Task<ModelExecutor> LoadNew(string name)
    {
        // Never ends within the caller's lock.
        await Task.Yield();
        try
        {
            var loaded = await loader.Load(ModelVersionKey.FromGrainKey(name), device);
            lock (_gate)
            {
                return Admit(name, loaded);
            }
        }
        finally
        {
            lock (_gate)
            {
                _loading.Remove(name);
            }
        }
    }

    private ModelExecutor Admit(string name, LoadedModel loaded)
    {
        var resident = _resident.Select(pair => new ResidentModel(pair.Key, pair.Value.Bytes, Volatile.Read(ref pair.Value.LastUsed)));
        if (ModelEviction.MakeRoom(resident, loaded.Bytes, bytesMax) is not { } leaving)
        {
            loaded.Model.Dispose();
            throw new RefusedException(new Refusal("model-too-large", RefusalKind.TooLarge,
                $"The model has {loaded.Bytes} bytes; this device keeps {bytesMax}.", name, "Raise Workers:LoadedModelBytesMax."));
        }

        foreach (var old in leaving)
        {
            Unload(old);
        }

        var model = executor.Attach(name, loaded.Model);
        _resident[name] = new(model, loaded.Bytes) { LastUsed = Interlocked.Increment(ref _uses) };
        return model;
    }

    private sealed class Resident(ModelExecutor executor, long bytes)
    {
        public long LastUsed;

        public ModelExecutor Executor { get; } = executor;

        public long Bytes { get; } = bytes;
    }
}
