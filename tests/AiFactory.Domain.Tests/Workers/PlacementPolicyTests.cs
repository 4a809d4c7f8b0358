using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;
using CsCheck;

namespace AiFactory.Domain.Tests.Workers;

public sealed class PlacementPolicyTests
{
    private static readonly PooledWorker[] Pool =
    [
        Worker("a/gpu-0", "H100", DeviceTier.OnDemand, 80, 6m),
        Worker("a/gpu-1", "H100", DeviceTier.Spot, 80, 2.4m),
        Worker("b/cpu-0", "cpu-slot", DeviceTier.OnDemand, 4, 0.05m),
        Worker("b/cpu-1", "cpu-slot", DeviceTier.Spot, 4, 0.02m),
        Worker("c/gpu-0", "H100", DeviceTier.OnDemand, 80, 6m) with { Standing = WorkerStanding.Unclaimed },
    ];

    [Fact]
    public void Replicas_TierModelAndMemory_TakesThoseThatFitInKeyOrder()
    {
        Assert.Equal(["a/gpu-0", "a/gpu-1", "b/cpu-0", "b/cpu-1"], Replicas(new PlacementDemand("m", PlacementTerms.Any)));
        Assert.Equal(["a/gpu-0", "b/cpu-0"], Replicas(new PlacementDemand("m", new([DeviceTier.OnDemand]))));
        Assert.Equal(["a/gpu-1"], Replicas(new PlacementDemand("m", new([DeviceTier.Spot], "h100"))));
        Assert.Equal(["a/gpu-0"], Replicas(new PlacementDemand("m", PlacementTerms.Any, MemoryBytes: 10, Count: 1)));
    }

    [Fact]
    public void Shards_Several_PrefersIdleThenSpotThenCheap()
    {
        var busy = Pool.Select(worker => new PlacementCandidate(worker, worker.Key.ToGrainKey() == "b/cpu-1" ? 1 : 0));
        var chosen = PlacementPolicy.Shards(new PlacementDemand("run", PlacementTerms.Any, Count: 4), busy).OrThrow();
        Assert.Equal(["a/gpu-1", "b/cpu-0", "a/gpu-0", "b/cpu-1"], chosen.Select(worker => worker.ToGrainKey()));
    }

    [Fact]
    public void Choose_NothingFits_NamesWhatWould()
    {
        var model = PlacementPolicy.Replicas(new PlacementDemand("m", new(null, "H200")), Candidates()).Refusal!;
        Assert.Equal("placement-impossible", model.Code);
        Assert.Contains("1 x H100 (spot)", model.Mend, StringComparison.Ordinal);
        var memory = PlacementPolicy.Replicas(new PlacementDemand("m", new(null, "cpu-slot"), MemoryBytes: 5), Candidates()).Refusal!;
        Assert.Equal("memory-too-small", memory.Code);
        Assert.Contains("The largest has 4 bytes", memory.Mend, StringComparison.Ordinal);
        Assert.Equal("workers-too-few", PlacementPolicy.Shards(new PlacementDemand("run", PlacementTerms.Any, Count: 5), Candidates()).Refusal?.Code);
        Assert.Equal("tier-unknown", PlacementTerms.Check(new(["cheap"])).Refusal?.Code);
    }

    [Fact]
    public void Follow_AnyPoolChanges_KeepsWhatIsThereAndNeverEmptiesARoute() => Gen.Select(Gen.Bool.Array[6], Gen.Bool.Array[6], Gen.Bool).Array[1, 20].Sample(rounds =>
    {
        WorkerKey[] workers = [.. Enumerable.Range(0, 6).Select(index => new WorkerKey($"s{index}", "cpu-0"))];
        var model = new ModelVersionKey("t", "m", 1);
        var variant = new VariantRoute("a", model, 0, 1, new ModelSignature([], []), null, ReplicaOrder.Of(model, workers[..1]), 1);
        var route = new EndpointRoute("e", 1, "salt", null, Durability.PageCache, [variant], null);
        foreach (var (there, loads, settled) in rounds)
        {
            var pool = new PoolView([.. workers.Where((_, i) => there[i]).Select(Ready)], settled);
            IReadOnlyList<WorkerKey> loaded = [.. workers.Where((_, i) => loads[i] && there[i])];
            var before = route.Variants[0].Replicas;
            route = ReplicaRules.Follow(route, pool, new Dictionary<ModelVersionKey, IReadOnlyList<WorkerKey>> { [model] = loaded });

            var after = route.Variants[0].Replicas;
            Assert.NotEmpty(after);
            Assert.Equal(ReplicaOrder.Of(model, after), after);
            Assert.Subset(after.ToHashSet(), loaded.ToHashSet());
            if (!before.SequenceEqual(after))
            {
                Assert.All(after, worker => Assert.False(pool.IsGone(worker)));
            }

            Assert.Same(route, ReplicaRules.Follow(route, pool, new Dictionary<ModelVersionKey, IReadOnlyList<WorkerKey>> { [model] = loaded }));
            var newcomers = ReplicaRules.Newcomers(after, workers, pool, 2);
            Assert.True(after.Count(worker => !pool.IsGone(worker)) + newcomers.Count <= Math.Max(2, after.Count));
        }
    }, iter: 300);

    private static IEnumerable<PlacementCandidate> Candidates() => Pool.Select(worker => new PlacementCandidate(worker));

    private static string[] Replicas(PlacementDemand demand) => [.. PlacementPolicy.Replicas(demand, Candidates()).OrThrow().Select(worker => worker.ToGrainKey())];

    private static PooledWorker Ready(WorkerKey key) => new(key, new Device(key.Device, DeviceKind.Cpu, "cpu-slot"), WorkerStanding.Ready);

    private static PooledWorker Worker(string key, string model, string tier, long memory, decimal usd) =>
        new(WorkerKey.FromGrainKey(key), new Device(key, DeviceKind.Gpu, model, tier), WorkerStanding.Ready, ModelBytesMax: memory, UsdPerHour: usd);
}
