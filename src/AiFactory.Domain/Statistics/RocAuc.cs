namespace AiFactory.Domain.Statistics;

/// <summary>
/// Area under the receiver operating characteristic: the chance that a positive row scores above a negative one, ties counting half
/// (the Mann-Whitney U statistic over the number of pairs).
/// </summary>
public sealed class RocAuc
{
    private readonly int[] _order;
    private readonly bool[] _labels;
    private readonly bool[] _startsTie;

    /// <summary>Sorts once, so that the area can then be had for many weightings of the same rows in linear time.</summary>
    /// <exception cref="ArgumentException">Scores and labels differ in number, or a score is NaN.</exception>
    public RocAuc(ReadOnlySpan<float> scores, ReadOnlySpan<bool> labels)
    {
        BinaryMetrics.CheckPaired(scores, labels);
        var sorted = scores.ToArray();
        _order = new int[sorted.Length];
        for (var i = 0; i < _order.Length; i++)
        {
            if (float.IsNaN(sorted[i]))
            {
                throw new ArgumentException($"Score {i} is NaN.", nameof(scores));
            }

            _order[i] = i;
        }

        Array.Sort(sorted, _order);
        _labels = new bool[sorted.Length];
        _startsTie = new bool[sorted.Length];
        for (var i = 0; i < sorted.Length; i++)
        {
            _labels[i] = labels[_order[i]];
            _startsTie[i] = i == 0 || sorted[i] != sorted[i - 1];
        }
    }

    /// <summary>The area in [0, 1]; NaN when only one class is present.</summary>
    public static double Of(ReadOnlySpan<float> scores, ReadOnlySpan<bool> labels) => new RocAuc(scores, labels).Weighted([]);

    /// <summary>The area when row i counts as often as <paramref name="counts"/>[i] says.</summary>
    /// <param name="counts">One a row; empty: every row once.</param>
    /// <returns>In [0, 1]; NaN when only one class has weight.</returns>
    public double Weighted(ReadOnlySpan<int> counts)
    {
        long negativesBelow = 0;
        long tiedNegatives = 0;
        long tiedPositives = 0;
        long positives = 0;
        double wins = 0;
        for (var i = 0; i < _order.Length; i++)
        {
            if (_startsTie[i])
            {
                wins += tiedPositives * (negativesBelow + (0.5 * tiedNegatives));
                negativesBelow += tiedNegatives;
                positives += tiedPositives;
                (tiedNegatives, tiedPositives) = (0, 0);
            }

            var count = counts.IsEmpty ? 1 : counts[_order[i]];
            if (_labels[i])
            {
                tiedPositives += count;
            }
            else
            {
                tiedNegatives += count;
            }
        }

        wins += tiedPositives * (negativesBelow + (0.5 * tiedNegatives));
        var pairs = (double)(negativesBelow + tiedNegatives) * (positives + tiedPositives);
        return pairs == 0 ? double.NaN : wins / pairs;
    }
}
