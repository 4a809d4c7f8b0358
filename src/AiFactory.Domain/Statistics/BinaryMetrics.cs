namespace AiFactory.Domain.Statistics;

/// <summary>Figures of merit for scores of a two-class model.</summary>
public static class BinaryMetrics
{
    /// <summary>Probabilities are kept this far from 0 and 1 before their logarithm is taken.</summary>
    public const double ProbabilityMargin = 1e-15;

    /// <summary>Share of rows, 0 to 1, whose class is the label's, the positive class being predicted at or above the threshold; NaN without rows.</summary>
    /// <exception cref="ArgumentException">Scores and labels differ in number.</exception>
    public static double Accuracy(ReadOnlySpan<float> scores, ReadOnlySpan<bool> labels, double threshold = 0.5)
    {
        CheckPaired(scores, labels);
        var right = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            right += scores[i] >= threshold == labels[i] ? 1 : 0;
        }

        return scores.IsEmpty ? double.NaN : (double)right / scores.Length;
    }

    /// <summary>Mean cross-entropy in nats of probabilities against labels; NaN without rows.</summary>
    /// <exception cref="ArgumentException">Scores and labels differ in number.</exception>
    public static double LogLoss(ReadOnlySpan<float> probabilities, ReadOnlySpan<bool> labels)
    {
        CheckPaired(probabilities, labels);
        double sum = 0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            var probability = Math.Clamp(probabilities[i], ProbabilityMargin, 1 - ProbabilityMargin);
            sum -= Math.Log(labels[i] ? probability : 1 - probability);
        }

        return probabilities.IsEmpty ? double.NaN : sum / probabilities.Length;
    }

    internal static void CheckPaired(ReadOnlySpan<float> scores, ReadOnlySpan<bool> labels)
    {
        if (scores.Length != labels.Length)
        {
            throw new ArgumentException($"{scores.Length} scores for {labels.Length} labels.", nameof(labels));
        }
    }
}
