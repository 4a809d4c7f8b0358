using AiFactory.Domain.Statistics;

namespace AiFactory.Domain.Training;

/// <summary>Row numbers to learn from and row numbers kept apart, both ascending; together every row once.</summary>
public sealed record HoldoutSplit(int[] TrainRows, int[] HoldoutRows)
{
    /// <summary>
    /// Draws exactly round(rows x fraction) holdout rows (halves away from zero), the same for the same arguments on every machine: the head of
    /// a Fisher-Yates shuffle by <see cref="SeededRandom"/>.
    /// </summary>
    /// <param name="rows">At least 0.</param>
    /// <param name="fraction">Share kept apart, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative rows, or a fraction outside [0, 1].</exception>
    public static HoldoutSplit Draw(int rows, double fraction, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        if (!(fraction is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "A fraction lies between 0 and 1.");
        }

        var held = new bool[rows];
        var order = SeededRandom.Of(seed, Stream).Permutation(rows);
        var count = HoldoutCount(rows, fraction);
        foreach (var row in order.AsSpan(0, count))
        {
            held[row] = true;
        }

        return new(Rows(held, false, rows - count), Rows(held, true, count));
    }

    /// <summary>How many rows are kept apart.</summary>
    public static int HoldoutCount(long rows, double fraction) => (int)Math.Round(rows * fraction, MidpointRounding.AwayFromZero);

    private const ulong Stream = 0x5350_4C49_5400_0001;

    private static int[] Rows(bool[] held, bool wanted, int count)
    {
        var rows = new int[count];
        var at = 0;
        for (var row = 0; row < held.Length; row++)
        {
            if (held[row] == wanted)
            {
                rows[at++] = row;
            }
        }

        return rows;
    }
}
