using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Pins models on this silo's devices and remembers that over restarts: when the silo starts, its devices load what was pinned on them.</summary>
internal sealed partial class PinnedModels(
    WorkerRuntime runtime, IGrainFactory grains, IHostApplicationLifetime lifetime, IOptions<WorkerOptions> options, TimeProvider time, ILogger<PinnedModels> logger)
    : BackgroundService
{
    // What is remembered and what is in memory change together.
    private readonly SemaphoreSlim _changing = new(1, 1);

    /// <summary>Brings a model into a device's memory, where it stays, also over restarts, until <see cref="Unload"/>.</summary>
    /// <exception cref="RefusedException">It cannot be loaded; it is then not remembered either.</exception>
    public async Task Pin(WorkerDevice device, ModelVersionKey model)
    {
        await device.Models.Load(model.ToGrainKey());
        await Change(async () =>
        {
            await Pins(device.Key).Add(model);
            await device.Models.Load(model.ToGrainKey(), pin: true);
        });
    }

    /// <summary>Lets go of a model, pinned or not.</summary>
    public Task Unload(WorkerDevice device, ModelVersionKey model) => Change(async () =>
    {
        await Pins(device.Key).Remove(model);
        await Pins(WorkerPins.All).Remove(model);
        device.Models.Unload(model.ToGrainKey());
    });

    /// <summary>Loads what was pinned on a device, or on all. A model that can be loaded no more is told in the log, and stays remembered.</summary>
    public async Task Restore(WorkerDevice device)
    {
        var pinned = await Task.WhenAll(Pins(device.Key).List(), Pins(WorkerPins.All).List());
        await Task.WhenAll(pinned.SelectMany(models => models).Distinct().Select(model => TryLoad(device, model)));
    }

    /// <summary>A device came into use while the silo runs: it loads what is pinned on it, in the background.</summary>
    public void Opened(WorkerDevice device) => _ = Task.Run(() => RestoreOnce(device, lifetime.ApplicationStopping), lifetime.ApplicationStopping);

    public override void Dispose()
    {
        _changing.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // The silo takes calls once the host has started.
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var onStarted = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stoppingToken);
            await Task.WhenAll(runtime.Devices.Select(device => RestoreOnce(device, stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task RestoreOnce(WorkerDevice device, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.HeartbeatPeriod, time);
        do
        {
            try
            {
                if (runtime.Worker(device.Key).Opened == device)
                {
                    await Restore(device);
                }

                return;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotRestored(exception, device.Key);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TryLoad(WorkerDevice device, ModelVersionKey model)
    {
        try
        {
            await device.Models.Load(model.ToGrainKey(), pin: true);
        }
        catch (RefusedException refused)
        {
            LogNotLoaded(refused, device.Key, model);
        }
    }

    private async Task Change(Func<Task> change)
    {
        await _changing.WaitAsync();
        try
        {
            await change();
        }
        finally
        {
            _changing.Release();
        }
    }

    private IWorkerPinsGrain Pins(WorkerKey worker) => grains.GetGrain<IWorkerPinsGrain>(worker.ToGrainKey());

    [LoggerMessage(LogLevel.Warning, "What is pinned on worker {Worker} could not be read; tried again shortly.")]
    private partial void LogNotRestored(Exception exception, WorkerKey worker);

    [LoggerMessage(LogLevel.Warning, "Worker {Worker} could not load {Model}, which is pinned on it.")]
    private partial void LogNotLoaded(Exception exception, WorkerKey worker, ModelVersionKey model);
}
