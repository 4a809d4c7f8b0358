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

    [Fact]
    public void All_DeadSilo_IsGoneAtOnceAndALateWordOfItChangesNothing()
    {
        var roll = new WorkerRoll();
        var dead = new HashSet<string>();
        Hear("a", "a@1");
        dead.Add("a@1");
        var gone = Assert.Single(All());
        Assert.Equal((WorkerStanding.Gone, "Silo a is dead or leaving."), (gone.Standing, gone.Reason));
        Assert.Empty(roll.Present(TimeSpan.Zero, WorkerOrders.None, dead.Contains));

        Hear("a", "a@2");
        Hear("a", "a@1");
        Assert.Equal((WorkerStanding.Ready, "a@2"), (All()[0].Standing, All()[0].SiloAddress));

        void Hear(string silo, string address) =>
            roll.Hear(new WorkersReport(silo, address, "1.0", [new WorkerReport(new Device("cpu-0", DeviceKind.Cpu, "cpu-slot"), WorkerStanding.Ready)]), TimeSpan.Zero, dead.Contains);

        IReadOnlyList<PooledWorker> All() => roll.All(TimeSpan.Zero, WorkerOrders.None, dead.Contains);
    }

    [Fact]
    public void Orders_DrainAndRemove_StandUntilTakenBack()
    {
        var key = new WorkerKey("a", "cpu-0");
        Assert.Equal("worker-not-found", WorkerOrders.None.With(key, WorkerOrder.Drain, []).Refusal?.Code);
        var drained = WorkerOrders.None.With(key, WorkerOrder.Drain, [key]).OrThrow();
        Assert.Same(drained, drained.With(key, WorkerOrder.Drain, []).OrThrow());

        var report = new WorkersReport("a", "a@1", "1.0", [new WorkerReport(new Device("cpu-0", DeviceKind.Cpu, "cpu-slot"), WorkerStanding.Ready), new WorkerReport(new Device("cpu-1", DeviceKind.Cpu, "cpu-slot"), WorkerStanding.Ready)]);
        var roll = new WorkerRoll();
        roll.Hear(report, TimeSpan.Zero, _ => false);
        Assert.Equal(["a/cpu-1"], roll.Present(TimeSpan.Zero, drained, _ => false).Select(worker => worker.ToGrainKey()));
        Assert.Equal(WorkerOrder.Drain, Assert.Single(WorkerRoll.Answer(report, drained).Orders).Value);
        var removed = drained.With(key, WorkerOrder.Remove, []).OrThrow();
        Assert.Equal(WorkerStanding.Removed, roll.All(TimeSpan.Zero, removed, _ => false)[0].Standing);
        Assert.Empty(removed.With(key, WorkerOrder.None, []).OrThrow().ByWorker);
    }
}
