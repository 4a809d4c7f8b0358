using AiFactory.Domain.Refusals;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>
/// The memory budget of one device. Bytes are reserved before a model is loaded and given back once it is gone, so their sum never exceeds the budget.
/// Reservations are served one after the other, so that many small models do not starve a large one. Safe for use by several threads.
/// </summary>
internal sealed class ModelMemory(long bytesMax) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();
    private long _used;
    private long _leaving;
    private int _pending;

    /// <summary>Bytes reserved, of models ready, loading and leaving.</summary>
    public long Used
    {
        get
        {
            lock (_gate)
            {
                return _used;
            }
        }
    }

    /// <summary>Waits until so many bytes are free, and reserves them.</summary>
    /// <param name="makeRoom">Starts to let go of that many bytes' worth of models, or of as many as can go.</param>
    /// <exception cref="RefusedException"><c>model-too-large</c>; <c>model-memory-pinned</c>: only pinned models are left.</exception>
    public async Task Reserve(string name, long bytes, Action<long> makeRoom)
    {
        RequireFits(name, bytes);
        await _turn.WaitAsync();
        try
        {
            while (!TryReserve(bytes, out var missing, out var changed))
            {
                if (missing > 0)
                {
                    makeRoom(missing);
                    RequireHope(name, bytes);
                }

                await changed;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <exception cref="RefusedException"><c>model-too-large</c>.</exception>
    public void RequireFits(string name, long bytes)
    {
        if (bytes > bytesMax)
        {
            throw new RefusedException(new Refusal("model-too-large", RefusalKind.TooLarge, $"The model takes {bytes} bytes; this device keeps {bytesMax}.", name,
                "Raise ModelMemoryBytesMax (Workers:LoadedModelBytesMax)."));
        }
    }

    /// <summary>A load has ended, and the model takes that much instead of what was reserved.</summary>
    /// <returns>Bytes over the budget, for which room has to be made; 0 or less: none.</returns>
    public long Settle(long reserved, long taken)
    {
        lock (_gate)
        {
            _pending--;
            _used += taken - reserved;
            Signal();
            return _used - _leaving - bytesMax;
        }
    }

    /// <summary>A model takes more or less than before.</summary>
    /// <returns>As <see cref="Settle"/>.</returns>
    public long Correct(long difference)
    {
        lock (_gate)
        {
            _used += difference;
            Signal();
            return _used - _leaving - bytesMax;
        }
    }

    /// <summary>A load has failed, or an inspection has ended.</summary>
    public void Abandon(long reserved)
    {
        lock (_gate)
        {
            _pending--;
            _used -= reserved;
            Signal();
        }
    }

    /// <summary>A model is on its way out.</summary>
    public void Leave(long bytes)
    {
        lock (_gate)
        {
            _leaving += bytes;
        }
    }

    /// <summary>A model that was on its way out is gone.</summary>
    public void Gone(long bytes)
    {
        lock (_gate)
        {
            _leaving -= bytes;
            _used -= bytes;
            Signal();
        }
    }

    public void Dispose() => _turn.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool TryReserve(long bytes, out long missing, out Task changed)
    {
        lock (_gate)
        {
            changed = _changed.Task;
            missing = _used - _leaving + bytes - bytesMax;
            if (_used + bytes > bytesMax)
            {
                return false;
            }

            _used += bytes;
            _pending++;
            return true;
        }
    }

    // Something must be leaving or loading, or nothing will ever change.
    private void RequireHope(string name, long bytes)
    {
        lock (_gate)
        {
            if (_leaving == 0 && _pending == 0 && _used + bytes > bytesMax)
            {
                throw new RefusedException(new Refusal("model-memory-pinned", RefusalKind.Unavailable,
                    $"Pinned models leave no room for {bytes} bytes more; this device keeps {bytesMax}.", name,
                    "Unload one of them (factory model list --loaded, factory model unload), or raise ModelMemoryBytesMax."));
            }
        }
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }
}
