using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Tests.Workers;

public sealed class WorkerRollTests
{
    [Fact]
    public void Present_SilentSilo_LeavesAfterFifteenSeconds()
    {
        var start = DateTimeOffset.UnixEpoch;
        var roll = new WorkerRoll();
        roll.Hear("b", [new Device("cpu-0", DeviceKind.Cpu, "cpu-slot")], start);
        roll.Hear("a", [new Device("cpu-0", DeviceKind.Cpu, "cpu-slot")], start.AddSeconds(1));

        Assert.Equal(["a/cpu-0", "b/cpu-0"], roll.Present(start.AddSeconds(15)).Select(worker => worker.ToGrainKey()));
        Assert.Equal(["a/cpu-0"], roll.Present(start.AddSeconds(15.5)).Select(worker => worker.ToGrainKey()));
        roll.Hear("b", [], start.AddSeconds(16));
        Assert.Empty(roll.Present(start.AddSeconds(17)));
    }
}
