using AiFactory.Domain.Workers;

namespace AiFactory.Grains.Workers;

[GrainType("worker-pool")]
internal sealed class WorkerPoolGrain(TimeProvider time) : Grain, IWorkerPoolGrain
{
    private readonly WorkerRoll _roll = new();
    private readonly long _began = time.GetTimestamp();

    private TimeSpan Now => time.GetElapsedTime(_began);

    public Task Heartbeat(string siloName, IReadOnlyList<Device> devices)
    {
        _roll.Hear(siloName, devices, Now);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<WorkerKey>> List() => Task.FromResult(_roll.Present(Now));
}
