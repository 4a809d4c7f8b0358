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

/// <summary>The way to a device from anywhere in the cluster. Holds nothing itself: the device outlives its activation.</summary>
[GrainType("worker"), Reentrant, OwningSiloPlacement, Immovable]
internal sealed class WorkerGrain : Grain, IWorkerGrain
{
    private readonly WorkerRuntime _runtime;
    private readonly ShardHost _shards;
    private readonly WorkerDevice _device;

    public WorkerGrain(IGrainContext context, WorkerRuntime runtime, ShardHost shards)
    {
        (_runtime, _shards) = (runtime, shards);
        _device = runtime.Device(WorkerKey.FromGrainKey(context.GrainId.Key.ToString()!));
    }

    public Task<WorkerStatus> Describe() => Task.FromResult(new WorkerStatus(
        _device.Key, _device.Device, _device.Models.Names, _shards.Runs(_device.Key), _device.Executor.Batches, _device.Executor.Rows, _device.Clock.BusyFraction));

    public Task Load(ModelVersionKey model) => _device.Models.Load(model.ToGrainKey());

    public Task Unload(ModelVersionKey model)
    {
        _device.Models.Unload(model.ToGrainKey());
        return Task.CompletedTask;
    }

    public Task<ModelSignature> Inspect(string artifactSha256) => _runtime.Inspect(artifactSha256, _device.Device);

    public async Task<Immutable<byte[]>> Infer(string modelVersion, Immutable<byte[]> message)
    {
        if (message.Value.Length < InferenceMessage.HeaderBytes)
        {
            throw new RefusedException(new Refusal("message-malformed", RefusalKind.Malformed, $"{message.Value.Length} bytes are no inference message.", modelVersion));
        }

        var answer = await _device.Models.Run(modelVersion, new InferenceMessage(message.Value));
        InferenceReply.WriteHeader(answer.Bytes, answer.BatchRows, _runtime.PriceBookVersion, answer.DeviceNanoseconds, answer.Picodollars);
        return new(answer.Bytes);
    }

    public Task StartShard(ShardAssignment assignment)
    {
        _shards.Start(assignment, _device.Key);
        return Task.CompletedTask;
    }

    public Task<bool> HasShard(TrainingRunKey run, int attempt) => Task.FromResult(_shards.Has(_device.Key, run, attempt));

    public Task StopShard(TrainingRunKey run, int attempt)
    {
        _shards.Stop(_device.Key, run, attempt);
        return Task.CompletedTask;
    }

    public Task Reduce(RingMessage message)
    {
        _shards.Accept(_device.Key, message);
        return Task.CompletedTask;
    }
}
