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
    private readonly ModelLoader _loader;
    private readonly ModelMeter _meter;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;

    public WorkerRuntime(
        IOptions<WorkerOptions> options, ILocalSiloDetails silo, ModelLoader loader, ModelMeter meter, TimeProvider time, ILoggerFactory loggers)
    {
        (_loader, _meter, _loggers, _logger) = (loader, meter, loggers, loggers.CreateLogger<WorkerRuntime>());
        PriceBookVersion = options.Value.PriceBook.Version;
        Session = $"{silo.Name}@{time.GetUtcNow().ToUnixTimeMilliseconds():x}";
        _siloName = silo.Name;
        _workers = options.Value.Devices.ToDictionary(device => device.Name, device => new LocalWorker(Start(device, options.Value, time), PriceBookVersion), StringComparer.Ordinal);
        _meter.Watch(() => Devices.Select(device => device.Models.Describe()));
    }

    /// <summary>Names the time from this process's start to its end.</summary>
    public string Session { get; }

    public int PriceBookVersion { get; }

    public IEnumerable<WorkerDevice> Devices => _workers.Values.Select(worker => worker.Device);

    public ILocalWorker? Find(WorkerKey worker) => worker.SiloName == _siloName ? _workers.GetValueOrDefault(worker.Device) : null;

    /// <exception cref="RefusedException"><c>device-unknown</c>.</exception>
    public LocalWorker Worker(WorkerKey worker) => _workers.TryGetValue(worker.Device, out var local)
        ? local
        : throw new RefusedException(new Refusal("device-unknown", RefusalKind.NotFound, $"Silo {worker.SiloName} has no device '{worker.Device}'.",
            worker.ToGrainKey(), $"It has: {string.Join(", ", _workers.Keys)}."));

    /// <exception cref="RefusedException"><c>device-unknown</c>.</exception>
    public WorkerDevice Device(WorkerKey worker) => Worker(worker).Device;

    public TrainingGate OpenGate() => new(() => Devices.Any(device => device.Executor.IsPressed));

    public void Compute(WorkerKey worker, TrainingRunKey run, Action work)
    {
        var clock = Device(worker).Clock;
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

    /// <summary>Refuses new work, lets the batches at work end, and lets go of all models; what does not end is left behind.</summary>
    public void Dispose() => Parallel.ForEach(Devices, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, _workers.Count) }, device =>
    {
        if (device.Stop(DeviceExecutor.StopPatience) is { } hung)
        {
            LogHung(_logger, device.Key, hung.Length > 0 ? hung : "a model that is let go of");
        }
    });

    [LoggerMessage(LogLevel.Error, "Worker {Worker} is stopped, but its engine did not come back, though terminated, from {Model}: its thread is left behind.")]
    private static partial void LogHung(ILogger logger, WorkerKey worker, string model);

    private WorkerDevice Start(Device device, WorkerOptions options, TimeProvider time)
    {
        var key = new WorkerKey(_siloName, device.Name);
        var clock = new DeviceClock(new DevicePricing(options.PriceBook.RateOf(device).OrThrow()), time);
        var executor = new DeviceExecutor(key.ToGrainKey(), options.Batching, clock);
        var warmup = new ModelWarmup(clock, options.Batching.BatchRowsMax, _loggers.CreateLogger<ModelWarmup>());
        var models = new DeviceModels(key, device, executor, _loader, warmup, options.LoadedModelBytesMax, time, _meter);
        return new WorkerDevice(key, device, clock, executor, models);
    }
}
