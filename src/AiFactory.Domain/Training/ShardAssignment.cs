using AiFactory.Domain.Datasets;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Training;

/// <summary>One rank's part of a training run.</summary>
/// <param name="Ring">The worker of every rank, in rank order; gradients travel from each to the next.</param>
/// <param name="CheckpointEpoch">Epoch to resume from, its checkpoint in the object store; 0: from the start.</param>
public sealed record ShardAssignment(
    TrainingRunKey Run,
    int Attempt,
    TrainingSpec Spec,
    DatasetVersion Dataset,
    int Rank,
    IReadOnlyList<WorkerKey> Ring,
    int CheckpointEpoch);

/// <summary>What rank 0 hands over at the end.</summary>
/// <param name="ArtifactSha256">Content address of the ONNX file in the object store.</param>
public sealed record TrainingResult(
    string ArtifactSha256,
    long ArtifactBytes,
    ModelSignature Signature,
    BinaryClasses Classes,
    IReadOnlyDictionary<string, string> Parameters,
    Evaluation Evaluation);
