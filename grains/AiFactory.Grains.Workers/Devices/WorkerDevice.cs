using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using AiFactory.Engines.Inference.Batching;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>A device of this silo: its thread, its meter and the models in its memory. Lives as long as the silo.</summary>
internal sealed record WorkerDevice(WorkerKey Key, Device Device, DeviceClock Clock, DeviceExecutor Executor, DeviceModels Models) : IDisposable
{
    public void Dispose() => _ = Stop(DeviceExecutor.StopPatience);

    /// <summary>As <see cref="DeviceExecutor.Stop"/>.</summary>
    public string? Stop(TimeSpan patience)
    {
        var hung = Executor.Stop(patience);
        Models.Dispose();
        return hung;
    }
}
