using System.Runtime.CompilerServices;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Threading;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>
/// The model versions in one device's memory, by grain key; loaded once each, on demand, within the device's budget. A model that has to go takes no
/// new messages and leaves the memory once those that came before are answered, so that making room fails nobody.
/// </summary>
internal sealed class DeviceModels(
    WorkerKey worker, Device device, DeviceExecutor executor, ModelLoader loader, ModelWarmup warmup, long bytesMax, TimeProvider time, ModelMeter meter)
    : IDisposable
{
    private static readonly TimeSpan HeldMax = TimeSpan.FromHours(1);

    private readonly Dictionary<string, HeldModel> _models = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly WaitingMessages _waiting = new();
    private readonly ModelMemory _memory = new(bytesMax);
    private long _uses;

    /// <summary>Models that are ready.</summary>
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

    /// <summary>What is in memory and on its way there.</summary>
    public WorkerModels Describe()
    {
        lock (_gate)
        {
            return new(worker, _memory.Used, bytesMax,
            [
                .. _models.Values.OrderByDescending(model => model.LastUsed).Select(model => new ModelInMemory(
                    model.Name, model.Bytes, model.Users, time.GetElapsedTime(model.LastUsedAt).TotalSeconds, model.Pinned, model.Executor is null)),
            ]);
        }
    }

    /// <summary>Runs a message on a model, which is loaded first if need be; the message is held meanwhile.</summary>
    /// <exception cref="RefusedException">It cannot be loaded, or not before the message's deadline (<c>model-loading</c>), or as <see cref="ModelExecutor"/>.</exception>
    [AsyncMethodBuilder(typeof(ReusedMethodBuilder<>))]
    public async ValueTask<InferenceAnswer> Run(string name, ReadOnlyMemory<byte> packedRows, int rows, MessageTerms terms)
    {
        var model = Enter(name, used: true);
        try
        {
            if (model.Loading.IsCompletedSuccessfully)
            {
                return await model.Loading.Result.Run(packedRows, rows, InferenceReply.HeaderBytes, Job(terms), CancellationToken.None).ConfigureAwait(false);
            }

            using var held = _waiting.Hold(name, terms.MessageId);
            var (began, budget) = (time.GetTimestamp(), terms.BudgetNanoseconds);
            var loaded = await Ready(model, budget, held.Cancellation).ConfigureAwait(false);
            var left = budget == long.MaxValue ? budget : Math.Max(0, budget - (long)time.GetElapsedTime(began).TotalNanoseconds);
            return await loaded.Run(packedRows, rows, InferenceReply.HeaderBytes, Job(terms with { BudgetNanoseconds = left }), held.Cancellation).ConfigureAwait(false);
        }
        finally
        {
            Leave(model);
        }
    }

    /// <summary>Brings a model into memory, if it is not there; callers at the same time share one load.</summary>
    /// <param name="pin">Whether it stays until it is unloaded by command; false leaves that as it is.</param>
    /// <exception cref="RefusedException">It cannot be loaded; the next call tries again.</exception>
    public async Task Load(string name, bool pin = false)
    {
        var model = Enter(name, used: false);
        try
        {
            await model.Loading;
            lock (_gate)
            {
                model.Pinned |= pin;
            }
        }
        finally
        {
            Leave(model);
        }
    }

    /// <summary>Loads an artefact within the budget, warms it up and lets go of it.</summary>
    /// <exception cref="RefusedException">It cannot be served.</exception>
    public async Task<ModelInspection> Inspect(string artifactSha256, string? sequence, RowPadding? padding)
    {
        var order = await loader.Order(artifactSha256, sequence is null ? null : SequenceRules.Parse(sequence).OrThrow(), padding);
        using var slot = await loader.Slot();
        await _memory.Reserve(order.Name, order.Bytes, MakeRoom);
        try
        {
            var loaded = await loader.Load(order, device, warmup, strict: true);
            using (loaded.Model)
            {
                return new(loaded.Model.Signature, loaded.Bytes, loaded.Checks);
            }
        }
        finally
        {
            _memory.Abandon(order.Bytes);
        }
    }

    /// <summary>Cancels a message, be its model on the way here, in memory, or on the way out.</summary>
    public void Cancel(string name, long messageId)
    {
        _waiting.Cancel(name, messageId);
        executor.Cancel(name, messageId);
    }

    /// <summary>Lets go of a model by command, pinned or not.</summary>
    public void Unload(string name)
    {
        lock (_gate)
        {
            LetGo(name, ModelMeter.Unloaded);
        }
    }

    /// <summary>Lets go of a model that nothing uses any more, unless it is pinned.</summary>
    public void Release(string name)
    {
        lock (_gate)
        {
            if (_models.TryGetValue(name, out var model) && !model.Pinned)
            {
                LetGo(name, ModelMeter.Released);
            }
        }
    }

    /// <summary>Lets go of the models that nobody used for so long.</summary>
    public void ReleaseIdle(TimeSpan idle)
    {
        lock (_gate)
        {
            foreach (var model in _models.Values.Where(model => Evictable(model) && model.Users == 0 && time.GetElapsedTime(model.LastUsedAt) >= idle).ToArray())
            {
                LetGo(model.Name, ModelMeter.Idle);
            }
        }
    }

    /// <summary>Asks ready models anew what they take, and makes room where that is more than the budget.</summary>
    public void Recount()
    {
        var over = 0L;
        lock (_gate)
        {
            foreach (var model in _models.Values.Where(model => model.Executor is not null))
            {
                var before = model.Bytes;
                model.Bytes = model.BytesApart + model.Executor!.MemoryBytes;
                over = model.Bytes == before ? over : _memory.Correct(model.Bytes - before);
            }
        }

        MakeRoom(over);
    }

    public void Dispose() => _memory.Dispose();

    private static bool Evictable(HeldModel model) => model is { Executor: not null, Pinned: false };

    private async Task<ModelExecutor> Ready(HeldModel model, long budgetNanoseconds, CancellationToken cancellation)
    {
        if (budgetNanoseconds == long.MaxValue)
        {
            return await model.Loading.WaitAsync(cancellation);
        }

        try
        {
            return await model.Loading.WaitAsync(TimeSpan.FromTicks(Math.Min(budgetNanoseconds / TimeSpan.NanosecondsPerTick, HeldMax.Ticks)), time, cancellation);
        }
        catch (TimeoutException)
        {
            throw new RefusedException(new Refusal("model-loading", RefusalKind.Unavailable, "The model is being loaded and was not ready before the request's deadline.",
                model.Name, "Ask again in a second, allow more time, or keep it in memory with factory model load."));
        }
    }

    private static JobTerms Job(in MessageTerms terms) => new(terms.Priority, terms.ObjectiveMicroseconds, terms.BudgetNanoseconds, terms.MessageId);

    private HeldModel Enter(string name, bool used)
    {
        lock (_gate)
        {
            if (!_models.TryGetValue(name, out var model))
            {
                _models[name] = model = new HeldModel(name);
                model.Loading = LoadNew(model);
            }
            else if (used && !model.Proven && model.Executor is not null)
            {
                Prove(model);
            }

            model.Users++;
            Touch(model);
            return model;
        }
    }

    private void Leave(HeldModel model)
    {
        lock (_gate)
        {
            Touch(model);
            if (--model.Users == 0 && model.Leaving)
            {
                model.Executor?.Dispose();
            }
        }
    }

    private void Touch(HeldModel model) => (model.LastUsed, model.LastUsedAt) = (++_uses, time.GetTimestamp());

    private void Prove(HeldModel model)
    {
        model.Proven = true;
        foreach (var demoted in ModelEviction.Demote(Resident().Where(other => other.Name != model.Name), bytesMax - model.Bytes))
        {
            _models[demoted].Proven = false;
        }
    }

    private void LetGo(string name, string reason)
    {
        if (_models.Remove(name, out var model))
        {
            model.Leaving = true;
            meter.Left(worker, reason);
            Go(model);
        }
    }

    private async Task<ModelExecutor> LoadNew(HeldModel model)
    {
        // Never ends within the caller's lock.
        await Task.Yield();
        var began = time.GetTimestamp();
        try
        {
            var order = await loader.Order(ModelVersionKey.FromGrainKey(model.Name));
            using var slot = await loader.Slot();

            // Room is made before a model is loaded, so that memory stays within the budget also while models change places.
            await _memory.Reserve(model.Name, order.Bytes, MakeRoom);
            var loaded = await LoadReserved(model, order);
            meter.Loaded(worker, time.GetElapsedTime(began));
            return loaded;
        }
        catch
        {
            lock (_gate)
            {
                if (!model.Leaving)
                {
                    LetGo(model.Name, ModelMeter.Failed);
                }
            }

            throw;
        }
    }

    private async Task<ModelExecutor> LoadReserved(HeldModel model, LoadOrder order)
    {
        LoadedModel? loaded = null;
        try
        {
            Show(model, order.Bytes);
            loaded = await loader.Load(order, device, warmup, strict: false);
            _memory.RequireFits(model.Name, loaded.Bytes);
        }
        catch
        {
            loaded?.Model.Dispose();
            _memory.Abandon(order.Bytes);
            throw;
        }

        // What it was expected to take and what it takes may differ: a larger one makes room for the difference at once.
        if (_memory.Settle(order.Bytes, loaded.Bytes) is > 0 and var over)
        {
            MakeRoom(over);
        }

        lock (_gate)
        {
            return Admit(model, loaded);
        }
    }

    private void Show(HeldModel model, long bytes)
    {
        lock (_gate)
        {
            model.Bytes = bytes;
        }
    }

    private void MakeRoom(long bytes)
    {
        lock (_gate)
        {
            foreach (var leaving in ModelEviction.MakeRoom(Resident(), bytes))
            {
                LetGo(leaving, ModelMeter.Evicted);
            }
        }
    }

    private IEnumerable<ResidentModel> Resident() =>
        _models.Values.Where(Evictable).Select(model => new ResidentModel(model.Name, model.Bytes, model.LastUsed, model.Proven));

    private ModelExecutor Admit(HeldModel model, LoadedModel loaded)
    {
        model.Bytes = loaded.Bytes;
        model.BytesApart = loaded.Bytes - loaded.Model.MemoryBytes;
        Touch(model);
        ModelExecutor ready;
        try
        {
            ready = executor.Attach(model.Name, loaded.Model);
        }
        catch
        {
            _memory.Leave(loaded.Bytes);
            _memory.Gone(loaded.Bytes);
            throw;
        }

        model.Executor = ready;
        _ = ready.Freed.ContinueWith(_ => _memory.Gone(model.Bytes), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (model.Leaving)
        {
            // Unloaded while it was being loaded: it answers its callers and stays no longer.
            Go(model);
        }

        return ready;
    }

    private void Go(HeldModel model)
    {
        if (model.Executor is null)
        {
            return;
        }

        _memory.Leave(model.Bytes);
        if (model.Users == 0)
        {
            model.Executor.Dispose();
        }
    }
}
