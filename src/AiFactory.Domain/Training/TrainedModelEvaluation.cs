using AiFactory.Domain.Statistics;

namespace AiFactory.Domain.Training;

/// <summary>Judges a trained model by its holdout scores.</summary>
public static class TrainedModelEvaluation
{
    /// <summary>Quality with 95% bootstrap percentile intervals over 1,000 resamples of the holdout.</summary>
    /// <param name="scores">Probabilities of the positive class, one a holdout row.</param>
    /// <param name="labels">True where the row is of the positive class.</param>
    /// <param name="onnxScores">What the exported graph gives for the same rows.</param>
    /// <param name="seed">Of the resampling.</param>
    /// <param name="threshold">The positive class is predicted at or above it.</param>
    /// <exception cref="ArgumentException">The three differ in length, or a score is NaN.</exception>
    public static Evaluation Of(
        ReadOnlySpan<float> scores, ReadOnlySpan<bool> labels, ReadOnlySpan<float> onnxScores, int seed, double threshold = 0.5)
    {
        var auc = new RocAuc(scores, labels);
        var right = new bool[scores.Length];
        for (var i = 0; i < right.Length; i++)
        {
            right[i] = scores[i] >= threshold == labels[i];
        }

        var estimates = Bootstrap.Intervals(scores.Length, seed, [auc.Weighted, counts => Share(right, counts)]);
        return new(scores.Length, estimates[0], estimates[1], BinaryMetrics.LogLoss(scores, labels), MaxAbsDifference(scores, onnxScores));
    }

    /// <summary>Largest absolute difference, pair by pair; NaN if any pair has one.</summary>
    /// <exception cref="ArgumentException">They differ in length.</exception>
    public static double MaxAbsDifference(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        if (left.Length != right.Length)
        {
            throw new ArgumentException($"{left.Length} scores against {right.Length}.", nameof(right));
        }

        double max = 0;
        for (var i = 0; i < left.Length; i++)
        {
            max = Math.Max(max, Math.Abs((double)left[i] - right[i]));
        }

        return max;
    }

    private static double Share(bool[] right, ReadOnlySpan<int> counts)
    {
        long hits = 0;
        long all = 0;
        for (var i = 0; i < right.Length; i++)
        {
            var count = counts.IsEmpty ? 1 : counts[i];
            all += count;
            hits += right[i] ? count : 0;
        }

        return all == 0 ? double.NaN : (double)hits / all;
    }
}
