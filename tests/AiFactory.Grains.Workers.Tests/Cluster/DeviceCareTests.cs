using AiFactory.Domain.Finance;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Workers.Tests.Doubles;

namespace AiFactory.Grains.Workers.Tests.Cluster;

/// <summary>Devices that vanish, are drained, or are claimed by two silos; each test on a cluster of its own.</summary>
public sealed class DeviceCareTests : IAsyncLifetime
{
    private static readonly TrainingRunKey Run = new("default", "long");

    private readonly WorkerCluster _cluster = new();

    private WorkerKey First => new(_cluster.Silo(0).Name, WorkerCluster.SharedDevice);

    private WorkerKey Second => new(_cluster.Silo(1).Name, WorkerCluster.SharedDevice);

    public ValueTask InitializeAsync() => _cluster.InitializeAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Sense_DeviceIsLost_WorkLeavesItAndItsTimeIsBilledOnce()
    {
        var lost = _cluster.Key(0, 1);
        var model = await _cluster.AddModel(BasisModel.Weights(1));
        var charged = Picodollars.Zero;
        for (var call = 0; call < 20; call++)
        {
            charged += new Picodollars((await _cluster.Worker(lost, 1).Infer(model, call)).Picodollars);
        }

        await _cluster.Worker(lost, 1).StartShard(_cluster.Assignment(Run, [lost], 0, 1, 1_000_000));
        await Condition.UntilValue(() => _cluster.Runs.Epochs(Run), epochs => epochs.Length >= 1);
        _cluster.Sensor.Sights[lost.Device] = new(null, "It fell off the bus.");

        await Standing(lost, WorkerStanding.Lost);
        Assert.Equal(("device-lost", RefusalKind.Unavailable), await Refused(() => _cluster.Worker(lost, 1).Infer(model, 1)));
        Assert.Equal(("device-lost", RefusalKind.Unavailable), await Refused(() => _cluster.Worker(lost, 1).StartShard(_cluster.Assignment(Run, [lost], 0, 1, 1))));
        var before = Records(lost);
        AddUp(before, charged);

        // It comes back: another session, which begins after the first was closed.
        _cluster.Sensor.Sights[lost.Device] = new(new DeviceReading(Utilisation: 0.5));
        var report = await Standing(lost, WorkerStanding.Ready);
        Assert.Equal(0.5, report.Reading?.Utilisation);
        await _cluster.Worker(lost, 1).Infer(model, 1);
        await Condition.UntilValue(() => Records(lost), records => records.Length > before.Length);
        var after = Records(lost)[before.Length..];
        Assert.Equal(before, Records(lost)[..before.Length]);
        Assert.Single(before.Select(record => record.Session).Distinct());
        Assert.All(after, record => Assert.NotEqual(before[0].Session, record.Session));
        Assert.Equal(1, after[0].Interval);
    }

    [Fact]
    public async Task Order_Drain_EndsWhatIsAtWorkThenReleasesTheDevice()
    {
        var drained = _cluster.Key(1, 2);
        await _cluster.Worker(drained, 0).StartShard(_cluster.Assignment(Run, [drained], 0, 1, 1_000_000));
        await Condition.UntilValue(() => _cluster.Runs.Epochs(Run), epochs => epochs.Length >= 1);
        await Condition.UntilValue(() => _cluster.Heard.Of(drained), report => report is not null);
        _cluster.Heard.Orders = _cluster.Heard.Orders.With(drained, WorkerOrder.Drain, [drained]).OrThrow();

        await Standing(drained, WorkerStanding.Draining);
        Assert.True(await _cluster.Worker(drained, 0).HasShard(Run, 1));
        await _cluster.Worker(drained, 0).StopShard(Run, 1);
        await Condition.UntilValue(() => _cluster.Heard.Of(drained), report => report is { Standing: WorkerStanding.Draining, Reason.Code: "worker-drained" });
        Assert.Equal(("worker-drained", RefusalKind.Unavailable), await Refused(() => _cluster.Worker(drained, 0).HasShard(Run, 1)));

        _cluster.Heard.Orders = WorkerOrders.None;
        await Standing(drained, WorkerStanding.Ready);
        Assert.False(await _cluster.Worker(drained, 0).HasShard(Run, 1));
    }

    [Fact]
    public async Task Claim_TwoSilosOfOneDevice_OneHoldsItAndTheOtherSaysWhoDoes()
    {
        var (holder, other) = await Holder();
        var claim = _cluster.Claims.Claims[WorkerCluster.SharedIdentity];
        Assert.Equal(holder, claim.Holder);
        Assert.Equal(claim.Token, _cluster.Heard.Of(holder)!.ClaimToken);
        var refused = _cluster.Heard.Of(other)!;
        Assert.Equal(("device-claimed", 0), (refused.Reason?.Code, refused.ClaimToken));
        Assert.Contains(holder.ToGrainKey(), refused.Reason!.What, StringComparison.Ordinal);
        var model = await _cluster.AddModel(BasisModel.Weights(1));
        await _cluster.Worker(holder, 0).Infer(model, 1);
        Assert.Equal(RefusalKind.Unavailable, (await Refused(() => _cluster.Worker(other, 0).Infer(model, 1))).Kind);

        // Drained, its holder lets the other have it, under a later token.
        _cluster.Heard.Orders = _cluster.Heard.Orders.With(holder, WorkerOrder.Drain, [holder]).OrThrow();
        var taken = await Standing(other, WorkerStanding.Ready);
        Assert.Equal(claim.Token + 1, taken.ClaimToken);
        await _cluster.Worker(other, 0).Infer(model, 1);
        Assert.Equal(RefusalKind.Unavailable, (await Refused(() => _cluster.Worker(holder, 0).Infer(model, 1))).Kind);
        Assert.Empty(Records(holder).Select(record => record.Session).Intersect(Records(other).Select(record => record.Session)));
    }

    [Fact]
    public async Task Claim_PassedOnWhileTheHolderWasCutOff_TheHolderClosesItsDevice()
    {
        var (holder, other) = await Holder();
        var shelf = _cluster.Claims.Claims;
        var former = shelf[WorkerCluster.SharedIdentity];

        // As when the holder's silo was taken for dead: another has the device by the time it is back.
        shelf[WorkerCluster.SharedIdentity] = DeviceClaimRules.Claim(former, WorkerCluster.SharedIdentity, other, _cluster.Heard.Reports[other.SiloName].SiloAddress, holderIsDead: true,
            DeviceClaimRules.Lease + DeviceClaimRules.Margin).OrThrow();
        await Standing(other, WorkerStanding.Ready);
        await Condition.UntilValue(() => _cluster.Heard.Of(holder), report => report?.Standing == WorkerStanding.Unclaimed);

        Assert.Equal(former.Token + 1, _cluster.Heard.Of(other)!.ClaimToken);
        Assert.Equal(RefusalKind.Unavailable, (await Refused(() => _cluster.Worker(holder, 0).StartShard(_cluster.Assignment(Run, [holder], 0, 1, 1)))).Kind);
    }

    private async Task<(WorkerKey Holder, WorkerKey Other)> Holder()
    {
        await Condition.Until(
            () => Task.FromResult(new[] { First, Second }.Select(_cluster.Heard.Of).Select(report => report?.Standing).Order().ToArray()),
            standings => standings.SequenceEqual([WorkerStanding.Ready, WorkerStanding.Unclaimed]));
        return _cluster.Heard.Of(First)!.Standing == WorkerStanding.Ready ? (First, Second) : (Second, First);
    }

    private Domain.Decisions.DeviceTimeRecord[] Records(WorkerKey worker) => [.. _cluster.DeviceTime.Records.Where(record => record.Worker == worker.ToGrainKey())];

    private async Task<WorkerReport> Standing(WorkerKey worker, WorkerStanding standing) =>
        (await Condition.UntilValue(() => _cluster.Heard.Of(worker), report => report?.Standing == standing))!;

    private static void AddUp(Domain.Decisions.DeviceTimeRecord[] records, Picodollars charged)
    {
        Assert.Equal(Enumerable.Range(1, records.Length).Select(number => (long)number), records.Select(record => record.Interval));
        Assert.All(records, record => Assert.Equal(record.Bill, record.Inference + record.Idle + Sum(record.Training.Values)));
        Assert.Equal(new DevicePricing(0.05m).Of(records.Sum(record => record.WallNanoseconds)), Sum(records.Select(record => record.Bill)));
        Assert.True(charged < Sum(records.Select(record => record.Inference)), "The warm-up is charged too, to nobody's decision.");
    }

    private static Picodollars Sum(IEnumerable<Picodollars> parts) => parts.Aggregate(Picodollars.Zero, (sum, part) => sum + part);

    private static async Task<(string Code, RefusalKind Kind)> Refused(Func<Task> act)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(act);
        return (refused.Refusal.Code, refused.Refusal.Kind);
    }
}
