using AiFactory.Domain.Models;
using AiFactory.Domain.Training;

namespace AiFactory.Engines.Training;

/// <summary>An algorithm that turns a table into a model. Runs synchronously on a thread of its own.</summary>
public interface ITrainer
{
    /// <summary>What <see cref="TrainingSpec.Trainer"/> calls it.</summary>
    string Name { get; }

    /// <summary>Whether it computes gradients side by side on several workers.</summary>
    bool Shards { get; }

    int DefaultEpochs { get; }

    /// <summary>Hyperparameters it takes, with their defaults.</summary>
    IReadOnlyDictionary<string, double> Defaults { get; }

    /// <summary>Trains to the end, resuming from <see cref="ITrainingContext.Checkpoint"/> when there is one.</summary>
    /// <exception cref="OperationCanceledException">The context's token was cancelled.</exception>
    TrainedModel Train(TrainingTask task, ITrainingContext context);
}

/// <param name="Table">All rows, in dataset order.</param>
/// <param name="TrainRows">Row numbers to learn from, ascending.</param>
/// <param name="HoldoutRows">Row numbers kept apart, ascending.</param>
public sealed record TrainingTask(
    TrainingTable Table,
    int[] TrainRows,
    int[] HoldoutRows,
    int Epochs,
    int Seed,
    IReadOnlyDictionary<string, double> Hyperparameters);

/// <summary>What a trainer may ask of the worker that runs it.</summary>
public interface ITrainingContext
{
    int Rank { get; }

    int WorldSize { get; }

    /// <summary>Bytes given to <see cref="EndEpoch"/> earlier; null at a fresh start.</summary>
    byte[]? Checkpoint { get; }

    CancellationToken Cancellation { get; }

    /// <summary>
    /// Replaces the values by their sum over all ranks, bit for bit the same on every rank. Blocks until every rank called it.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled, or a peer is gone.</exception>
    void AllReduceSum(Span<float> values);

    /// <summary>Runs a piece of work on the device and meters its time. All computing belongs inside.</summary>
    void Compute(Action work);

    /// <summary>Rank 0 keeps the checkpoint and the metrics durably before this returns; other ranks ignore both.</summary>
    void EndEpoch(EpochMetrics metrics, Func<byte[]> checkpoint);
}

/// <summary>A trained model, exported with its preprocessing inside.</summary>
/// <param name="Onnx">The graph: one input a feature column ([N,1] FP32 or BYTES), output <c>probability</c> [N,1] FP32.</param>
/// <param name="HoldoutScores">The trained module's own probabilities of the positive class, in holdout order; parity is judged against them.</param>
/// <param name="Parameters">What determined the weights, for the model version's record.</param>
public sealed record TrainedModel(byte[] Onnx, float[] HoldoutScores, BinaryClasses Classes, IReadOnlyDictionary<string, string> Parameters);
