using System.Diagnostics.Metrics;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Workers.Devices;
using Microsoft.Extensions.Hosting;

namespace AiFactory.Grains.Workers.Telemetry;

/// <summary>What this silo's devices did and do, at the moment it is asked for. Costs batches nothing.</summary>
internal sealed class DeviceGauges : IHostedService
{
    private readonly WorkerRuntime _runtime;
    private readonly WorkerKeeper _keeper;

    public DeviceGauges(IMeterFactory factory, WorkerRuntime runtime, WorkerKeeper keeper)
    {
        (_runtime, _keeper) = (runtime, keeper);
        var meter = factory.Create("AiFactory");
        meter.CreateObservableCounter("aifactory.device.busy", () => OfDevices(device => device.Clock.BusySeconds), "s", "Time that the device computed; its rate is the share of time it was busy.");
        meter.CreateObservableCounter("aifactory.device.batches", Batches, "{batch}", "Batches run, by their size: rows_max is the power of two that their rows do not exceed.");
        meter.CreateObservableCounter("aifactory.device.rows", () => OfDevices(device => device.Executor.Rows), "{row}", "Rows answered.");
        meter.CreateObservableGauge("aifactory.device.rows.waiting", () => OfDevices(device => device.Executor.WaitingRows), "{row}", "Rows that wait for a batch.");
        meter.CreateObservableGauge("aifactory.device.models", () => OfDevices(device => device.Models.Names.Count), "{model}", "Models in the device's memory.");
        meter.CreateObservableGauge("aifactory.device.open", () => OfWorkers(worker => worker.Opened is null ? 0 : 1), "{device}", "1 while the device may be used, 0 while it is lost, removed, drained or held by another silo.");
        meter.CreateObservableGauge("aifactory.device.memory.used", () => Read(reading => reading.MemoryUsedBytes), "By", "Memory of the device in use, by its own instruments.");
        meter.CreateObservableGauge("aifactory.device.memory.total", () => Read(reading => reading.MemoryTotalBytes), "By", "Memory of the device, by its own instruments.");
        meter.CreateObservableGauge("aifactory.device.utilisation", () => Read(reading => reading.Utilisation), "1", "Share of the last sample period in which the device computed, by its own instruments.");
        meter.CreateObservableGauge("aifactory.device.power", () => Read(reading => reading.PowerWatts), "W", "Power that the device draws.");
        meter.CreateObservableGauge("aifactory.device.power.limit", () => Read(reading => reading.PowerLimitWatts), "W", "Power that the device may draw.");
        meter.CreateObservableGauge("aifactory.device.temperature", () => Read(reading => reading.TemperatureCelsius), "Cel", "Temperature of the device.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private List<Measurement<T>> OfDevices<T>(Func<WorkerDevice, T> measure)
        where T : struct => [.. _runtime.Devices.Select(device => new Measurement<T>(measure(device), new KeyValuePair<string, object?>("device", device.Key.ToGrainKey())))];

    private List<Measurement<int>> OfWorkers(Func<LocalWorker, int> measure) =>
        [.. _runtime.Workers.Select(worker => new Measurement<int>(measure(worker), new KeyValuePair<string, object?>("device", worker.Key.ToGrainKey())))];

    private List<Measurement<T>> Read<T>(Func<DeviceReading, T?> measure)
        where T : struct =>
        [.. from worker in _runtime.Workers
            let reading = _keeper.Reading(worker.Key)
            let value = reading is null ? null : measure(reading)
            where value is not null
            select new Measurement<T>(value.Value, new KeyValuePair<string, object?>("device", worker.Key.ToGrainKey()))];

    private List<Measurement<long>> Batches()
    {
        var measurements = new List<Measurement<long>>();
        foreach (var device in _runtime.Devices)
        {
            var sizes = device.Executor.BatchSizes;
            for (var i = 0; i < sizes.Count; i++)
            {
                measurements.Add(new(sizes[i], new("device", device.Key.ToGrainKey()), new("rows_max", 1 << i)));
            }
        }

        return measurements;
    }
}
