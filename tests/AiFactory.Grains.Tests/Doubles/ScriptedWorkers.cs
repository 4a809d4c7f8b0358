using System.Collections.Concurrent;
using AiFactory.Domain.Models;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Workers;
using Orleans.Concurrency;

namespace AiFactory.Grains.Tests.Doubles;

/// <summary>What the test's workers did, and what they shall do.</summary>
internal sealed class WorkerScript
{
    public ConcurrentDictionary<(string Run, int Attempt, int Rank), ShardAssignment> Shards { get; } = new();

    public ConcurrentDictionary<string, byte> SilentWorkers { get; } = new();

    public ConcurrentDictionary<(string Worker, string Model), byte> Loaded { get; } = new();

    /// <summary>Models that no worker can load.</summary>
    public ConcurrentDictionary<string, byte> Corrupt { get; } = new();

    public int Running(string run, int attempt) => Shards.Keys.Count(shard => shard.Run == run && shard.Attempt == attempt);

    public void Lose(string run, int attempt, int rank) => Shards.TryRemove((run, attempt, rank), out _);
}

[GrainType("worker")]
internal sealed class ScriptedWorkerGrain(WorkerScript script) : Grain, IWorkerGrain
{
    private string Name => this.GetPrimaryKeyString();

    public Task<WorkerStatus> Describe()
    {
        Answer();
        var key = WorkerKey.FromGrainKey(Name);
        return Task.FromResult(new WorkerStatus(key, new Device(key.Device, DeviceKind.Cpu, "cpu-slot"), [], [], 0, 0, 0));
    }

    public Task Load(ModelVersionKey model)
    {
        Answer();
        if (script.Corrupt.ContainsKey(model.ToString()))
            throw new Domain.Refusals.RefusedException(new Domain.Refusals.Refusal("artifact-corrupt", Domain.Refusals.RefusalKind.Unprocessable, "Not a model."));
        script.Loaded[(Name, model.ToGrainKey())] = 1;
        return Task.CompletedTask;
    }

    public async Task<WorkerModels> Pin(ModelVersionKey model)
    {
        await Load(model);
        return await DescribeModels();
    }

    public async Task<WorkerModels> Unload(ModelVersionKey model)
    {
        await Release(model);
        return await DescribeModels();
    }

    public Task Release(ModelVersionKey model)
    {
        script.Loaded.TryRemove((Name, model.ToGrainKey()), out _);
        return Task.CompletedTask;
    }

    public Task<WorkerModels> DescribeModels() => Task.FromResult(new WorkerModels(WorkerKey.FromGrainKey(Name), 0, 0, []));

    public Task<ModelInspection> Inspect(string artifactSha256, string? sequence, RowPadding? padding) => Task.FromResult(new ModelInspection(Samples.Signature, 0, []));

    public Task<Immutable<byte[]>> Infer(string modelVersion, Immutable<byte[]> message) => Task.FromResult(message);

    public Task Cancel(string modelVersion, long messageId) => Task.CompletedTask;

    public Task StartShard(ShardAssignment assignment)
    {
        Answer();
        script.Shards[(assignment.Run.RunId, assignment.Attempt, assignment.Rank)] = assignment;
        return Task.CompletedTask;
    }

    public Task<bool> HasShard(TrainingRunKey run, int attempt)
    {
        Answer();
        return Task.FromResult(script.Shards.Values.Any(shard => shard.Run == run && shard.Attempt == attempt && shard.Ring[shard.Rank].ToGrainKey() == Name));
    }

    public Task StopShard(TrainingRunKey run, int attempt)
    {
        Answer();
        foreach (var shard in script.Shards.Where(shard => shard.Value.Run == run && shard.Key.Attempt == attempt && shard.Value.Ring[shard.Key.Rank].ToGrainKey() == Name))
            script.Shards.TryRemove(shard);
        return Task.CompletedTask;
    }

    public Task Reduce(RingMessage message) => Task.CompletedTask;

    private void Answer()
    {
        if (script.SilentWorkers.ContainsKey(Name))
            throw new TimeoutException($"{Name} is silent.");
    }
}
