using AiFactory.Domain.Statistics;
using AiFactory.Domain.Training;

namespace AiFactory.Engines.Training;

/// <summary>Turns holdout scores into the metrics of an epoch.</summary>
public sealed class EpochJudge
{
    private readonly bool[] _labels;

    public EpochJudge(TrainingTask task) => _labels = Array.ConvertAll(task.HoldoutRows, row => task.Table.Labels[row]);

    /// <param name="probabilities">Of the positive class, in holdout order.</param>
    /// <param name="trainLoss">In nats a row.</param>
    /// <param name="seconds">The epoch's wall time.</param>
    public EpochMetrics Judge(int epoch, ReadOnlySpan<float> probabilities, double trainLoss, double seconds) => new(
        epoch,
        trainLoss,
        BinaryMetrics.LogLoss(probabilities, _labels),
        RocAuc.Of(probabilities, _labels),
        BinaryMetrics.Accuracy(probabilities, _labels),
        seconds);

    /// <summary>What ranks report whose metrics nobody keeps.</summary>
    public static EpochMetrics Unjudged(int epoch, double trainLoss, double seconds) =>
        new(epoch, trainLoss, double.NaN, double.NaN, double.NaN, seconds);
}
