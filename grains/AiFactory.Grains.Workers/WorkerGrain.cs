using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Placement;
using AiFactory.Grains.Workers.Devices;
using AiFactory.Grains.Workers.Training;
using Orleans.Concurrency;
using Orleans.Placement;

namespace AiFactory.Grains.Workers;

/// <summary>
/// The way to a device from anywhere in the cluster. Holds nothing itself: the device outlives its activation, and a call for one that is not there is
/// refused by name, which a failing constructor could not do.
/// </summary>
[GrainType(IWorkerGrain.GrainType), Reentrant, OwningSiloPlacement, Immovable]
internal sealed class WorkerGrain(WorkerRuntime runtime, WorkerKeeper keeper, PinnedModels pinned, ShardHost shards) : Grain, IWorkerGrain
{
    private LocalWorker? _local;

    private LocalWorker Local => _local ??= runtime.Worker(WorkerKey.FromGrainKey(this.GetPrimaryKeyString()));

    private WorkerDevice Device => Local.Device;

    public Task<WorkerStatus> Describe()
    {
        var device = Device;
        return Task.FromResult(new WorkerStatus(
            device.Key, device.Device, device.Models.Names, shards.Runs(device.Key), device.Executor.Batches, device.Executor.Rows, device.Clock.BusyFraction,
            device.Executor.WaitingRows, device.Executor.Limits, keeper.Reading(device.Key)));
    }

    public Task Load(ModelVersionKey model) => Device.Models.Load(model.ToGrainKey());

    public async Task<WorkerModels> Pin(ModelVersionKey model)
    {
        await pinned.Pin(Device, model);
        return Device.Models.Describe();
    }

    public async Task<WorkerModels> Unload(ModelVersionKey model)
    {
        await pinned.Unload(Device, model);
        return Device.Models.Describe();
    }

    public Task Release(ModelVersionKey model)
    {
        Device.Models.Release(model.ToGrainKey());
        return Task.CompletedTask;
    }

    public Task<WorkerModels> DescribeModels() => Task.FromResult(Device.Models.Describe());

    public Task<ModelInspection> Inspect(string artifactSha256, string? sequence, RowPadding? padding) => Device.Models.Inspect(artifactSha256, sequence, padding);

    public async Task<Immutable<byte[]>> Infer(string modelVersion, Immutable<byte[]> message)
    {
        if (message.Value.Length < InferenceMessage.HeaderBytes)
        {
            throw new RefusedException(new Refusal("message-malformed", RefusalKind.Malformed, $"{message.Value.Length} bytes are no inference message.", modelVersion));
        }

        var sent = new InferenceMessage(message.Value);
        var reply = await Local.Infer(modelVersion, sent.PackedRows, sent.Rows, sent.Terms);
        return new(reply);
    }

    public Task Cancel(string modelVersion, long messageId)
    {
        Local.Cancel(modelVersion, messageId);
        return Task.CompletedTask;
    }

    public Task StartShard(ShardAssignment assignment)
    {
        shards.Start(assignment, Device.Key);
        return Task.CompletedTask;
    }

    public Task<bool> HasShard(TrainingRunKey run, int attempt) => Task.FromResult(shards.Has(Device.Key, run, attempt));

    public Task StopShard(TrainingRunKey run, int attempt)
    {
        shards.Stop(Device.Key, run, attempt);
        return Task.CompletedTask;
    }

    public Task Reduce(RingMessage message)
    {
        shards.Accept(Device.Key, message);
        return Task.CompletedTask;
    }
}
