using AiFactory.Domain.Datasets;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Training;

/// <summary>Grain key of a training run: <c>tenant/id</c>.</summary>
public readonly record struct TrainingRunKey(string Tenant, string RunId)
{
    public string ToGrainKey() => $"{Tenant}/{RunId}";

    public static TrainingRunKey FromGrainKey(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return new(key[..slash], key[(slash + 1)..]);
    }
}

/// <summary>What to train, on what, and how; together with the dataset version it determines the model to the bit.</summary>
/// <param name="Label">Column to predict; two classes.</param>
/// <param name="PositiveClass">The label value that counts as positive; null: the rarer one.</param>
/// <param name="Trainer">Registered trainer name: <c>mlp</c> or <c>lightgbm</c>.</param>
/// <param name="Shards">Workers that compute gradients side by side, 1 only for trainers that cannot shard; null: 2 for those that can.</param>
/// <param name="Epochs">Passes over the training rows (boosting rounds for trees); null: the trainer's default.</param>
/// <param name="HoldoutFraction">Share of rows kept from training, in (0, 1).</param>
/// <param name="Hyperparameters">Trainer-specific numbers by name; unknown names are refused.</param>
/// <param name="Placement">Devices that may train it, no part of what determines the model; null: all, spot first.</param>
public sealed record TrainingSpec(
    string Model,
    DatasetVersionKey Dataset,
    string Label,
    string Trainer,
    string? PositiveClass = null,
    int? Shards = null,
    int? Epochs = null,
    int Seed = 1,
    double HoldoutFraction = 0.2,
    IReadOnlyDictionary<string, double>? Hyperparameters = null,
    PlacementTerms? Placement = null);

public enum TrainingStatus
{
    Pending,
    Running,
    Completed,
    Failed,
    Cancelled,
}

/// <param name="TrainLoss">Mean cross-entropy over the epoch's batches, in nats.</param>
/// <param name="HoldoutLoss">Mean cross-entropy on the holdout, in nats.</param>
public sealed record EpochMetrics(int Epoch, double TrainLoss, double HoldoutLoss, double HoldoutAuc, double HoldoutAccuracy, double Seconds);

/// <summary>A figure with its two-sided interval.</summary>
public sealed record Estimate(double Value, double Low, double High);

/// <summary>Quality on the holdout, with 95% bootstrap percentile intervals, and the parity of the exported graph.</summary>
/// <param name="OnnxMaxAbsDifference">Largest absolute difference between the trained module's scores and the exported ONNX graph's on the holdout.</param>
public sealed record Evaluation(int HoldoutRows, Estimate Auc, Estimate Accuracy, double LogLoss, double OnnxMaxAbsDifference);

/// <summary>A training run as it stands.</summary>
/// <param name="CheckpointEpoch">Last epoch whose checkpoint is durable; 0 before the first.</param>
/// <param name="Attempt">1 for the first start, one more for every resume.</param>
public sealed record TrainingRun(
    string Id,
    TrainingSpec Spec,
    TrainingStatus Status,
    DateTimeOffset CreatedAt,
    int Attempt,
    int CheckpointEpoch,
    IReadOnlyList<EpochMetrics> Epochs,
    IReadOnlyList<string> Workers,
    Evaluation? Evaluation = null,
    ModelVersionKey? ModelVersion = null,
    DateTimeOffset? EndedAt = null,
    Refusal? Refusal = null);
