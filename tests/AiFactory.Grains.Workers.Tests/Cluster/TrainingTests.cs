using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;

namespace AiFactory.Grains.Workers.Tests.Cluster;

[Collection(WorkerClusterDefinition.Name)]
public sealed class TrainingTests(WorkerCluster cluster)
{
    private const int Endless = 1_000_000;

    [Fact]
    public async Task StartShard_TwoRanks_SameBitsOnTwoSilosAsOnOne()
    {
        var across = await Train("across", 1, cluster.Key(0, 0), cluster.Key(1, 0));
        var within = await Train("within", 2, cluster.Key(0, 0), cluster.Key(0, 1));

        var bits = cluster.Trainer.Bits(1, 0);
        Assert.Equal(101, bits!.Length);
        Assert.Equal([bits, bits, bits], [cluster.Trainer.Bits(1, 1), cluster.Trainer.Bits(2, 0), cluster.Trainer.Bits(2, 1)]);
        Assert.Equal(across.ArtifactSha256, within.ArtifactSha256);
        Assert.True(cluster.Objects.Exists(cluster.Objects.ContentPath(across.ArtifactSha256)));
        Assert.InRange(across.Evaluation.Auc.Value, 0.6, 1);
        Assert.Equal(0, across.Evaluation.OnnxMaxAbsDifference);
        Assert.Equal(across.Evaluation, within.Evaluation);
    }

    [Fact]
    public async Task StartShard_Rank0_ReportsEveryEpochOnceItsCheckpointIsKept()
    {
        await Train("epochs", 3, cluster.Key(1, 1), cluster.Key(0, 1));

        Assert.Equal([1, 2, 3, 4, 5, 6], cluster.Runs.Epochs(Run("epochs")));
        Assert.Equal([5, 6], Enumerable.Range(1, 6).Where(epoch => cluster.Objects.Exists($"checkpoints/default/epochs/{epoch}.ckpt")));
    }

    [Fact]
    public async Task StartShard_AfterTheRunEndedHere_IsRefused()
    {
        WorkerKey[] ring = [cluster.Key(0, 0)];
        await Train("again", 4, ring);

        var refusal = await Condition.Refused(() => Worker(ring[0]).StartShard(cluster.Assignment(Run("again"), ring, 0, 4, 6)));

        Assert.Equal("shard-ended", refusal.Code);
    }

    [Fact]
    public async Task StopShard_BeforeItsStartArrives_KeepsItFromStarting()
    {
        WorkerKey[] ring = [cluster.Key(0, 0), cluster.Key(1, 0)];
        await Worker(ring[0]).StopShard(Run("overtaken"), 1);

        var refusal = await Condition.Refused(() => Worker(ring[0]).StartShard(cluster.Assignment(Run("overtaken"), ring, 0, 5, Endless)));

        Assert.Equal("shard-ended", refusal.Code);
        Assert.False(await Worker(ring[0]).HasShard(Run("overtaken"), 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task StopShard_OneRankThenTheOther_BothEnd(int first)
    {
        var run = Run($"stop-{first}");
        WorkerKey[] ring = [cluster.Key(0, 0), cluster.Key(1, 0)];
        await Start(run, ring, 6 + first, Endless);
        await Condition.UntilValue(() => cluster.Runs.Epochs(run), epochs => epochs.Length >= 2);
        Assert.Contains(run.ToGrainKey(), (await Worker(ring[first]).Describe()).TrainingRuns);

        await Worker(ring[first]).StopShard(run, 1);
        await UntilGone(run, [ring[first]]);
        await Worker(ring[1 - first]).StopShard(run, 1);
        await UntilGone(run, ring);

        // The other rank may have found out before it was stopped; then it says so, and nobody else says anything.
        Assert.All(cluster.Runs.Failures(run), failure =>
            Assert.Equal((1 - first, "ring-broken", ring[first].ToGrainKey()), (failure.Rank, failure.Reason.Code, failure.Reason.Where)));
        Assert.DoesNotContain(run.ToGrainKey(), (await Worker(ring[first]).Describe()).TrainingRuns);
    }

    [Fact]
    public async Task StartShard_NextRankWasStopped_FailsWithRingBroken()
    {
        var run = Run("next-stopped");
        WorkerKey[] ring = [cluster.Key(0, 0), cluster.Key(1, 0)];
        await Worker(ring[1]).StopShard(run, 1);

        await Worker(ring[0]).StartShard(cluster.Assignment(run, ring, 0, 11, Endless));

        await UntilGone(run, ring);
        var (rank, reason) = Assert.Single(cluster.Runs.Failures(run));
        Assert.Equal((0, "ring-broken", ring[1].ToGrainKey()), (rank, reason.Code, reason.Where));
    }

    [Fact]
    public async Task StopShard_RankThatWaitsForOneThatNeverCame_EndsIt()
    {
        var run = Run("waiting");
        WorkerKey[] ring = [cluster.Key(0, 0), cluster.Key(0, 1), cluster.Key(1, 0)];
        await Worker(ring[0]).StartShard(cluster.Assignment(run, ring, 0, 8, Endless));
        await Condition.UntilValue(() => cluster.Trainer.Reductions(8, 0), begun => begun == 1);
        Assert.True(await Worker(ring[0]).HasShard(run, 1));

        await Worker(ring[0]).StopShard(run, 1);

        await UntilGone(run, ring);
        Assert.Empty(cluster.Runs.Failures(run));
    }

    [Theory]
    [InlineData("silo-nowhere/cpu-0")]
    [InlineData("Silo_0/gpu-7")]
    public async Task StartShard_NextWorkerIsNotThere_FailsWithRingBroken(string next)
    {
        var run = Run($"next-{next.Replace('/', '-')}");
        WorkerKey[] ring = [cluster.Key(1, 1), WorkerKey.FromGrainKey(next)];

        await Worker(ring[0]).StartShard(cluster.Assignment(run, ring, 0, 9, Endless));

        var failures = await Condition.UntilValue(() => cluster.Runs.Failures(run), reports => reports.Length > 0);
        Assert.Equal((0, "ring-broken", next), (failures[0].Rank, failures[0].Reason.Code, failures[0].Reason.Where));
        await UntilGone(run, ring[..1]);
    }

    [Fact]
    public async Task StartShard_UnknownTrainer_IsReported()
    {
        var run = Run("trainer");
        WorkerKey[] ring = [cluster.Key(0, 0)];
        var assignment = cluster.Assignment(run, ring, 0, 10, 1);

        await Worker(ring[0]).StartShard(assignment with { Spec = assignment.Spec with { Trainer = "none" } });

        var failures = await Condition.UntilValue(() => cluster.Runs.Failures(run), reports => reports.Length > 0);
        Assert.Equal("trainer-unknown", Assert.Single(failures).Reason.Code);
    }

    private static TrainingRunKey Run(string id) => new("default", id);

    private async Task<TrainingResult> Train(string id, int mark, params WorkerKey[] ring)
    {
        await Start(Run(id), ring, mark, 6);
        await UntilGone(Run(id), ring);
        Assert.Empty(cluster.Runs.Failures(Run(id)));
        return cluster.Runs.Result(Run(id))!;
    }

    private async Task Start(TrainingRunKey run, WorkerKey[] ring, int mark, int epochs)
    {
        for (var rank = 0; rank < ring.Length; rank++)
        {
            await Worker(ring[rank]).StartShard(cluster.Assignment(run, ring, rank, mark, epochs));
        }
    }

    private Task<bool[]> UntilGone(TrainingRunKey run, WorkerKey[] ring) =>
        Condition.Until(() => Task.WhenAll(ring.Select(key => Worker(key).HasShard(run, 1))), at => Array.TrueForAll(at, here => !here));

    // Called from the second silo, as a run's grain there would.
    private IWorkerGrain Worker(WorkerKey key) => cluster.Worker(key, 1);
}
