using System.Runtime.CompilerServices;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Engines.Threading;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>
/// The model versions in one device's memory, by grain key; loaded once each, on demand. A model that has to go takes no new messages and leaves the
/// memory once those that came before are answered, so that making room fails nobody.
/// </summary>
internal sealed class DeviceModels(Device device, DeviceExecutor executor, ModelLoader loader, long bytesMax)
{
    private readonly Dictionary<string, HeldModel> _models = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private long _uses;

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. _models.Values.Where(model => model.Executor is not null).Select(model => model.Name).Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Runs a message on a model, which is loaded first if need be.</summary>
    /// <exception cref="RefusedException">It cannot be loaded, or as <see cref="ModelExecutor.Run"/>.</exception>
    [AsyncMethodBuilder(typeof(ReusedMethodBuilder<>))]
    public async ValueTask<InferenceAnswer> Run(string name, ReadOnlyMemory<byte> packedRows, int rows, MessageTerms terms)
    {
        var model = Enter(name);
        try
        {
            var loaded = await model.Loading.ConfigureAwait(false);
            return await loaded.Run(packedRows, rows, InferenceReply.HeaderBytes, Job(terms), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            Leave(model);
        }
    }

    /// <summary>Brings a model into memory, if it is not there; callers at the same time share one load.</summary>
    /// <exception cref="RefusedException">It cannot be loaded; the next call tries again.</exception>
    public async Task Load(string name)
    {
        var model = Enter(name);
        try
        {
            await model.Loading;
        }
        finally
        {
            Leave(model);
        }
    }

    /// <summary>Cancels a message that waits for a batch.</summary>
    public void Cancel(string name, long messageId)
    {
        lock (_gate)
        {
            if (_models.TryGetValue(name, out var model))
            {
                model.Executor?.Cancel(messageId);
            }
        }
    }

    public void Unload(string name)
    {
        lock (_gate)
        {
            LetGo(name);
        }
    }

    private static JobTerms Job(in MessageTerms terms) => new(terms.Priority, terms.ObjectiveMicroseconds, terms.BudgetNanoseconds, terms.MessageId);

    private HeldModel Enter(string name)
    {
        lock (_gate)
        {
            if (!_models.TryGetValue(name, out var model))
            {
                _models[name] = model = new HeldModel(name);
                model.Loading = LoadNew(model);
            }

            model.Users++;
            model.LastUsed = ++_uses;
            return model;
        }
    }

    private void Leave(HeldModel model)
    {
        lock (_gate)
        {
            if (--model.Users == 0 && model.Leaving)
            {
                model.Executor?.Dispose();
            }
        }
    }

    private void LetGo(string name)
    {
        if (_models.Remove(name, out var model))
        {
            model.Leaving = true;
            if (model.Users == 0)
            {
                model.Executor?.Dispose();
            }
        }
    }

    private async Task<ModelExecutor> LoadNew(HeldModel model)
    {
        // Never ends within the caller's lock.
        await Task.Yield();
        try
        {
            var loaded = await loader.Load(ModelVersionKey.FromGrainKey(model.Name), device);
            lock (_gate)
            {
                return Admit(model, loaded);
            }
        }
        catch
        {
            lock (_gate)
            {
                if (!model.Leaving)
                {
                    LetGo(model.Name);
                }
            }

            throw;
        }
    }

    private ModelExecutor Admit(HeldModel model, LoadedModel loaded)
    {
        var resident = _models.Values.Where(other => other.Executor is not null).Select(other => new ResidentModel(other.Name, other.Bytes, other.LastUsed));
        if (ModelEviction.MakeRoom(resident, loaded.Bytes, bytesMax) is not { } leaving)
        {
            loaded.Model.Dispose();
            throw new RefusedException(new Refusal("model-too-large", RefusalKind.TooLarge,
                $"The model has {loaded.Bytes} bytes; this device keeps {bytesMax}.", model.Name, "Raise Workers:LoadedModelBytesMax."));
        }

        // One that was unloaded while it was being loaded answers its callers and stays no longer.
        foreach (var old in model.Leaving ? [] : leaving)
        {
            LetGo(old);
        }

        model.Bytes = loaded.Bytes;
        model.LastUsed = ++_uses;
        return model.Executor = executor.Attach(model.Name, loaded.Model);
    }

    /// <summary>Used under the lock, but for <see cref="Loading"/>, which is set once before anyone else sees the model.</summary>
    private sealed class HeldModel(string name)
    {
        public string Name { get; } = name;

        public Task<ModelExecutor> Loading { get; set; } = null!;

        /// <summary>Null until it is loaded.</summary>
        public ModelExecutor? Executor { get; set; }

        public long Bytes { get; set; }

        /// <summary>Messages that wait for the model or are at work on it.</summary>
        public int Users { get; set; }

        public long LastUsed { get; set; }

        /// <summary>No longer found by name; goes with its last user.</summary>
        public bool Leaving { get; set; }
    }
}
