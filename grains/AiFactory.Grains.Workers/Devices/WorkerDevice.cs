using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using AiFactory.Engines.Inference.Batching;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>An open device of this silo: its thread, its meter and the models in its memory. Lives until it is closed, at the latest with the silo.</summary>
/// <param name="Session">Names the device's time from its opening to its closing.</param>
internal sealed record WorkerDevice(WorkerKey Key, Device Device, DeviceClock Clock, DeviceExecutor Executor, DeviceModels Models, string Session) : IDisposable
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
