namespace AiFactory.Gateway.Workers;

/// <summary>Splits a whole amount so that the parts sum to it exactly.</summary>
internal static class LargestRemainder
{
    /// <summary>
    /// Each part gets the floor of its proportional share; the units left over go to the largest remainders, ties to the earlier part
    /// (Hamilton's method).
    /// </summary>
    /// <param name="total">0 or more.</param>
    /// <param name="weights">Each at least 0, not all 0.</param>
    public static void Split(long total, ReadOnlySpan<int> weights, Span<long> shares)
    {
        var sum = 0L;
        foreach (var weight in weights)
        {
            sum += weight;
        }

        Span<(long Remainder, int Index)> remainders = weights.Length <= 256 ? stackalloc (long, int)[weights.Length] : new (long, int)[weights.Length];
        var left = total;
        for (var i = 0; i < weights.Length; i++)
        {
            var (share, remainder) = Int128.DivRem((Int128)total * weights[i], sum);
            shares[i] = (long)share;
            remainders[i] = ((long)remainder, i);
            left -= shares[i];
        }

        if (left == 0)
        {
            return;
        }

        remainders.Sort(static (a, b) => a.Remainder != b.Remainder ? b.Remainder.CompareTo(a.Remainder) : a.Index.CompareTo(b.Index));
        for (var i = 0; i < left; i++)
        {
            shares[remainders[i].Index]++;
        }
    }
}
