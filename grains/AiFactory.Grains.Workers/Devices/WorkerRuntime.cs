using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Grains.Workers.Training;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>The devices of this silo. Grains come and go; what they drive stays here.</summary>
internal sealed partial class WorkerRuntime : ILocalWorkers, IShardDevices, IDisposable
{
    private readonly Dictionary<string, LocalWorker> _workers;
    private readonly string _siloName;
    private readonly WorkerOptions _options;
    private readonly TimeProvider _time;
    private readonly ModelLoader _loader;
    private readonly ModelMeter _meter;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private int _reopened;

    public WorkerRuntime(
        IOptions<WorkerOptions> options, ILocalSiloDetails silo, ModelLoader loader, ModelMeter meter, TimeProvider time, ILoggerFactory loggers)
    {
        (_options, _time, _loader, _meter, _loggers, _logger) = (options.Value, time, loader, meter, loggers, loggers.CreateLogger<WorkerRuntime>());
        Session = $"{silo.Name}@{time.GetUtcNow().ToUnixTimeMilliseconds():x}";
        _siloName = silo.Name;
        _workers = _options.Devices.ToDictionary(device => device.Name, device => new LocalWorker(new(_siloName, device.Name), device, PriceBookVersion), StringComparer.Ordinal);
        foreach (var worker in _workers.Values.Where(worker => !DeviceIdentity.IsShared(worker.Described)))
        {
            worker.Open(Start(worker, Session));
        }

        _meter.Watch(() => Devices.Select(device => device.Models.Describe()));
    }

    /// <summary>Names the time from this process's start to its end.</summary>
    public string Session { get; }

    public int PriceBookVersion => _options.PriceBook.Version;

    /// <summary>All workers, their devices open or not.</summary>
    public IReadOnlyCollection<LocalWorker> Workers => _workers.Values;

    /// <summary>The devices that are open.</summary>
    public IEnumerable<WorkerDevice> Devices => _workers.Values.Select(worker => worker.Opened).OfType<WorkerDevice>();

    public ILocalWorker? Find(WorkerKey worker) => worker.SiloName == _siloName ? _workers.GetValueOrDefault(worker.Device) : null;

    /// <exception cref="RefusedException"><c>device-unknown</c>.</exception>
    public LocalWorker Worker(WorkerKey worker) => _workers.TryGetValue(worker.Device, out var local)
        ? local
        : throw new RefusedException(new Refusal("device-unknown", RefusalKind.NotFound, $"Silo {worker.SiloName} has no device '{worker.Device}'.",
            worker.ToGrainKey(), $"It has: {string.Join(", ", _workers.Keys)}."));

    /// <exception cref="RefusedException"><c>device-unknown</c>, or why it is not open.</exception>
    public WorkerDevice Device(WorkerKey worker) => Worker(worker).Device;

    /// <summary>Opens a worker's device, for a session of its own.</summary>
    /// <param name="usableUntil">As <see cref="DeviceClock.UsableUntil"/>.</param>
    /// <exception cref="RefusedException"><c>rate-missing</c>.</exception>
    public WorkerDevice Open(LocalWorker worker, long usableUntil)
    {
        var device = Start(worker, $"{Session}+{++_reopened}");
        device.Clock.UsableUntil = usableUntil;
        worker.Open(device);
        return device;
    }

    public TrainingGate OpenGate() => new(() => Devices.Any(device => device.Executor.IsPressed));

    public void Compute(WorkerKey worker, TrainingRunKey run, Action work)
    {
        var clock = Device(worker).Clock;
        if (clock.Now >= clock.UsableUntil)
        {
            throw new RefusedException(new Refusal("device-claim-lapsed", RefusalKind.Unavailable, $"The claim of worker {worker} on its device has run out.", worker.ToGrainKey(),
                "The run goes on from its last checkpoint by itself while workers remain."));
        }

        var activity = clock.Begin(DeviceActivity.Training(run));
        try
        {
            work();
        }
        finally
        {
            clock.End(activity);
        }
    }

    /// <summary>Refuses new work, lets the batch at work end, and lets go of all models; what does not end is left behind.</summary>
    public void Stop(WorkerDevice device)
    {
        if (device.Stop(DeviceExecutor.StopPatience) is { } hung)
        {
            LogHung(_logger, device.Key, hung.Length > 0 ? hung : "a model that is let go of");
        }
    }

    /// <summary>As <see cref="Stop"/>, of all devices.</summary>
    public void Dispose() => Parallel.ForEach(Devices, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, _workers.Count) }, Stop);

    [LoggerMessage(LogLevel.Error, "Worker {Worker} is stopped, but its engine did not come back, though terminated, from {Model}: its thread is left behind.")]
    private static partial void LogHung(ILogger logger, WorkerKey worker, string model);

    private WorkerDevice Start(LocalWorker worker, string session)
    {
        var clock = new DeviceClock(new DevicePricing(_options.PriceBook.RateOf(worker.Described).OrThrow()), _time);
        var executor = new DeviceExecutor(worker.Key.ToGrainKey(), _options.Batching, clock);
        var warmup = new ModelWarmup(clock, _options.Batching.BatchRowsMax, _loggers.CreateLogger<ModelWarmup>());
        var models = new DeviceModels(worker.Key, worker.Described, executor, _loader, warmup, _options.ModelBytesMax(worker.Described), _time, _meter);
        return new WorkerDevice(worker.Key, worker.Described, clock, executor, models, session);
    }
}
