using System.Diagnostics.Metrics;
using AiFactory.Domain.Workers;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>What models do in the memory of this silo's devices.</summary>
internal sealed class ModelMeter : IDisposable
{
    /// <summary>Reasons why a model leaves.</summary>
    public const string Evicted = "evicted", Idle = "idle", Unloaded = "unloaded", Released = "released", Failed = "failed";

    private static readonly InstrumentAdvice<double> Duration = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    private readonly Meter _meter = new("AiFactory.Workers.Models");
    private readonly Histogram<double> _loads;
    private readonly Counter<long> _left;
    private Func<IEnumerable<WorkerModels>> _devices = static () => [];

    public ModelMeter()
    {
        _loads = _meter.CreateHistogram<double>("aifactory.model.load.duration", "s", "From the first request for a model until it was ready.", null, Duration);
        _left = _meter.CreateCounter<long>("aifactory.model.unloads", "{model}", "Models that left a worker's memory, by reason.");
        _meter.CreateObservableGauge("aifactory.model.memory", Memory, "By", "Memory of each model, by worker.");
        _meter.CreateObservableGauge("aifactory.worker.model.memory", Used, "By", "Memory of all models of a worker, also of those loading and leaving.");
        _meter.CreateObservableGauge("aifactory.worker.model.memory.limit", Limit, "By", "Memory that the models of a worker may take.");
    }

    /// <summary>Whose models to show.</summary>
    public void Watch(Func<IEnumerable<WorkerModels>> devices) => _devices = devices;

    public void Loaded(WorkerKey worker, TimeSpan took) => _loads.Record(took.TotalSeconds, Worker(worker));

    public void Left(WorkerKey worker, string reason) => _left.Add(1, Worker(worker), new("reason", reason));

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Worker(WorkerKey worker) => new("worker", worker.ToGrainKey());

    private IEnumerable<Measurement<long>> Memory() =>
        _devices().SelectMany(device => device.Models.Select(model => new Measurement<long>(model.MemoryBytes, Worker(device.Worker), new("model", model.Model))));

    private IEnumerable<Measurement<long>> Used() => _devices().Select(device => new Measurement<long>(device.MemoryBytes, Worker(device.Worker)));

    private IEnumerable<Measurement<long>> Limit() => _devices().Select(device => new Measurement<long>(device.MemoryBytesMax, Worker(device.Worker)));
}
