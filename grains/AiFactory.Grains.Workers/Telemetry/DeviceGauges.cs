using System.Diagnostics.Metrics;
using AiFactory.Grains.Workers.Devices;
using Microsoft.Extensions.Hosting;

namespace AiFactory.Grains.Workers.Telemetry;

/// <summary>What this silo's devices did and do, at the moment it is asked for. Costs batches nothing.</summary>
internal sealed class DeviceGauges : IHostedService
{
    private readonly WorkerRuntime _runtime;

    public DeviceGauges(IMeterFactory factory, WorkerRuntime runtime)
    {
        _runtime = runtime;
        var meter = factory.Create("AiFactory");
        meter.CreateObservableCounter("aifactory.device.busy", () => OfDevices(device => device.Clock.BusySeconds), "s", "Time that the device computed; its rate is the share of time it was busy.");
        meter.CreateObservableCounter("aifactory.device.batches", Batches, "{batch}", "Batches run, by their size: rows_max is the power of two that their rows do not exceed.");
        meter.CreateObservableCounter("aifactory.device.rows", () => OfDevices(device => device.Executor.Rows), "{row}", "Rows answered.");
        meter.CreateObservableGauge("aifactory.device.rows.waiting", () => OfDevices(device => device.Executor.WaitingRows), "{row}", "Rows that wait for a batch.");
        meter.CreateObservableGauge("aifactory.device.models", () => OfDevices(device => device.Models.Names.Count), "{model}", "Models in the device's memory.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private List<Measurement<T>> OfDevices<T>(Func<WorkerDevice, T> measure)
        where T : struct => [.. _runtime.Devices.Select(device => new Measurement<T>(measure(device), new KeyValuePair<string, object?>("device", device.Key.ToGrainKey())))];

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
