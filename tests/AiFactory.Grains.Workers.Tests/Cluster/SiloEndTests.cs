using AiFactory.Domain.Finance;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Workers.Tests.Doubles;

namespace AiFactory.Grains.Workers.Tests.Cluster;

/// <summary>Each on a cluster of its own, which loses a silo.</summary>
public sealed class SiloEndTests : IAsyncLifetime
{
    private static readonly TrainingRunKey Run = new("default", "long");

    private readonly WorkerCluster _cluster = new();

    public ValueTask InitializeAsync() => _cluster.InitializeAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TrainingRun_SiloOfOneRankEnds_TheOtherCanBeStoppedAndTheNextFindsTheRingBroken(bool kill)
    {
        WorkerKey[] ring = [_cluster.Key(0, 0), _cluster.Key(1, 0)];
        await StartBoth(ring);

        await End(kill);

        // A rank that waits for pieces of the dead one cannot know; the run's watch sees the dead worker and stops it.
        await Condition.Until(async () => await Record.ExceptionAsync(() => _cluster.Worker(ring[1], 0).HasShard(Run, 1)), exception => exception is SiloUnavailableException);
        await _cluster.Worker(ring[0], 0).StopShard(Run, 1);
        await Condition.Until(() => _cluster.Worker(ring[0], 0).HasShard(Run, 1), at => !at);
        Assert.All(_cluster.Runs.Failures(Run), failure => Assert.Equal((0, "ring-broken"), (failure.Rank, failure.Reason.Code)));

        var next = new TrainingRunKey("default", "next");
        await _cluster.Worker(ring[0], 0).StartShard(_cluster.Assignment(next, ring, 0, 2, 5));
        var failures = await Condition.UntilValue(() => _cluster.Runs.Failures(next), reports => reports.Length > 0);
        Assert.Equal((0, "ring-broken", ring[1].ToGrainKey()), (failures[0].Rank, failures[0].Reason.Code, failures[0].Reason.Where));
    }

    [Fact]
    public async Task DeviceTime_SiloStops_EndsInALastRecordAndEverythingAddsUp()
    {
        WorkerKey[] ring = [_cluster.Key(0, 0), _cluster.Key(1, 0)];
        var model = await _cluster.AddModel(BasisModel.Weights(1));
        await StartBoth(ring);
        var charged = Picodollars.Zero;
        for (var call = 0; call < 50; call++)
        {
            charged += new Picodollars((await _cluster.Worker(ring[1], 0).Infer(model, call)).Picodollars);
        }

        await End(kill: false);

        var pricing = new DevicePricing(0.05m);
        foreach (var device in Enumerable.Range(0, 4).Select(slot => _cluster.Key(1, slot).ToGrainKey()))
        {
            var records = _cluster.DeviceTime.Records.Where(record => record.Worker == device).ToArray();
            Assert.Equal(Enumerable.Range(1, records.Length).Select(number => (long)number), records.Select(record => record.Interval));
            Assert.Single(records.Select(record => record.Session).Distinct());
            Assert.All(records, record => Assert.Equal(record.Bill, record.Inference + record.Idle + Sum(record.Training.Values)));
            Assert.Equal(pricing.Of(records.Sum(record => record.WallNanoseconds)), Sum(records.Select(record => record.Bill)));
        }

        var own = _cluster.DeviceTime.Records.Where(record => record.Worker == ring[1].ToGrainKey()).ToArray();

        // What no decision was charged for is the model's warm-up: overhead.
        Assert.True(charged < Sum(own.Select(record => record.Inference)), $"{charged} was charged.");
        Assert.True(Sum(own.SelectMany(record => record.Training.Where(part => part.Key == Run.ToGrainKey()).Select(part => part.Value))) > Picodollars.Zero);
    }

    private static Picodollars Sum(IEnumerable<Picodollars> parts) => parts.Aggregate(Picodollars.Zero, (sum, part) => sum + part);

    private async Task StartBoth(WorkerKey[] ring)
    {
        for (var rank = 0; rank < ring.Length; rank++)
        {
            await _cluster.Worker(ring[rank], 0).StartShard(_cluster.Assignment(Run, ring, rank, 1, 1_000_000));
        }

        await Condition.UntilValue(() => _cluster.Runs.Epochs(Run), epochs => epochs.Length >= 2);
    }

    private Task End(bool kill) => kill
        ? _cluster.Cluster.KillSiloAsync(_cluster.Silo(1), TestContext.Current.CancellationToken)
        : _cluster.Cluster.StopSiloAsync(_cluster.Silo(1), TestContext.Current.CancellationToken);
}
