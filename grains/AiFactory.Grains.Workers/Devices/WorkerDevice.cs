using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using AiFactory.Engines.Inference.Batching;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>A device of this silo: its thread, its meter and the models in its memory. Lives as long as the silo.</summary>
internal sealed record WorkerDevice(WorkerKey Key, Device Device, DeviceClock Clock, DeviceExecutor Executor, DeviceModels Models) : IDisposable
{
    public void Dispose()
    {
        Executor.Dispose();
        Models.Dispose();
    }
}
