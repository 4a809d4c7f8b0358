using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Tests.Workers;

public sealed class WorkerRollTests
{
    [Fact]
    public void Present_SilentSilo_LeavesAfterFifteenSeconds()
    {
        var roll = new WorkerRoll();
        roll.Hear("b", [new Device("cpu-0", DeviceKind.Cpu, "cpu-slot")], TimeSpan.Zero);
        roll.Hear("a", [new Device("cpu-0", DeviceKind.Cpu, "cpu-slot")], TimeSpan.FromSeconds(1));

        Assert.Equal(["a/cpu-0", "b/cpu-0"], roll.Present(TimeSpan.FromSeconds(15)).Select(worker => worker.ToGrainKey()));
        Assert.Equal(["a/cpu-0"], roll.Present(TimeSpan.FromSeconds(15.5)).Select(worker => worker.ToGrainKey()));
        roll.Hear("b", [], TimeSpan.FromSeconds(16));
        Assert.Empty(roll.Present(TimeSpan.FromSeconds(17)));
    }
}
