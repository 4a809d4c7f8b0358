using AiFactory.Domain.Models;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using Orleans.Concurrency;

namespace AiFactory.Grains.Workers;

/// <summary>A device that computes, placed on the silo that owns it. Key: <see cref="WorkerKey"/>.</summary>
[Alias("aifactory.worker"), Version(1)]
public interface IWorkerGrain : IGrainWithStringKey
{
    /// <summary>Type of the grains that implement it.</summary>
    const string GrainType = "worker";

    [Alias("Describe")]
    Task<WorkerStatus> Describe();

    /// <summary>Brings a model version into memory, if it is not there.</summary>
    [Alias("Load")]
    Task Load(ModelVersionKey model);

    /// <summary>Brings a model version into memory, where it stays, also over restarts of its silo, until <see cref="Unload"/>.</summary>
    [Alias("Pin")]
    Task<WorkerModels> Pin(ModelVersionKey model);

    /// <summary>Lets go of a model version by command, pinned or not; the next request for it loads it again.</summary>
    [Alias("Unload")]
    Task<WorkerModels> Unload(ModelVersionKey model);

    /// <summary>Lets go of a model version that nothing uses any more, unless it is pinned.</summary>
    [Alias("Release")]
    Task Release(ModelVersionKey model);

    /// <summary>Models in memory and on their way there, and the budget they share.</summary>
    [Alias("DescribeModels")]
    Task<WorkerModels> DescribeModels();

    /// <summary>Loads an artefact, warms it up, looks at it and lets go of it: what it takes and gives, or why it cannot be served.</summary>
    /// <param name="sequence">The tensors that it remembers, as <see cref="SequenceRules.Parse"/> reads them; null: none.</param>
    /// <param name="padding">How its rows may be padded; null: not at all.</param>
    [Alias("Inspect")]
    Task<ModelInspection> Inspect(string artifactSha256, string? sequence, RowPadding? padding);

    /// <summary>
    /// Runs packed rows through a model version (loading it first if need be), batched with whatever other callers sent meanwhile.
    /// </summary>
    /// <param name="modelVersion"><see cref="ModelVersionKey.ToGrainKey"/>.</param>
    /// <param name="message">An <see cref="InferenceMessage"/>.</param>
    /// <returns>An <see cref="InferenceReply"/>.</returns>
    [Alias("Infer")]
    Task<Immutable<byte[]>> Infer(string modelVersion, Immutable<byte[]> message);

    /// <summary>Nobody waits for that message any more: it leaves the queue, or its batch ends early if it is alone in it.</summary>
    /// <param name="messageId"><see cref="MessageTerms.MessageId"/>.</param>
    [Alias("Cancel"), OneWay]
    Task Cancel(string modelVersion, long messageId);

    /// <summary>Starts a rank of a training run on a thread of its own and returns; results go to the training run's grain.</summary>
    [Alias("StartShard")]
    Task StartShard(ShardAssignment assignment);

    /// <summary>Whether that attempt's rank is still at work here.</summary>
    [Alias("HasShard")]
    Task<bool> HasShard(TrainingRunKey run, int attempt);

    [Alias("StopShard")]
    Task StopShard(TrainingRunKey run, int attempt);

    /// <summary>Takes a piece of a ring all-reduce from the previous rank.</summary>
    [Alias("Reduce")]
    Task Reduce(RingMessage message);
}

/// <summary>A piece of gradients on its way round the ring.</summary>
/// <param name="Sequence">Grows by one with each message of a rank in an attempt; pieces are taken in this order.</param>
/// <param name="Values">Little-endian float32.</param>
[GenerateSerializer, Alias("aifactory.ring-message"), Immutable]
public sealed record RingMessage(
    [property: Id(0)] string Run,
    [property: Id(1)] int Attempt,
    [property: Id(2)] int FromRank,
    [property: Id(3)] long Sequence,
    [property: Id(4)] Immutable<byte[]> Values);
