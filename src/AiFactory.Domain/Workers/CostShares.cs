namespace AiFactory.Domain.Workers;

/// <summary>Splits whole amounts in proportion to weights, by largest remainder (Hamilton's method): the shares sum to the amount exactly.</summary>
public static class CostShares
{
    private const int StackMax = 128;
    private const int IndexBits = 24;

    /// <summary>
    /// Each share is the exact proportion rounded down, or that plus one for the largest remainders; equal remainders go to the earlier share.
    /// </summary>
    /// <param name="total">At least 0: nanoseconds or picodollars.</param>
    /// <param name="weights">E.g. the rows of each message in a batch: at least 0, not all 0; at most 2^24 of them.</param>
    /// <param name="shares">Takes one share a weight.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or the weights sum to nothing.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative total or weight.</exception>
    public static void Split(long total, ReadOnlySpan<int> weights, Span<long> shares)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(total);
        if (weights.Length != shares.Length || weights.Length >= 1 << IndexBits)
        {
            throw new ArgumentException($"{weights.Length} weights for {shares.Length} shares.", nameof(shares));
        }

        var sum = Sum(weights);
        var order = weights.Length <= StackMax ? stackalloc long[weights.Length] : new long[weights.Length];
        var left = total;
        for (var i = 0; i < weights.Length; i++)
        {
            var product = (UInt128)(ulong)total * (ulong)weights[i];
            var share = (long)(product / (ulong)sum);
            var remainder = (long)(product - ((UInt128)(ulong)share * (ulong)sum));
            shares[i] = share;
            left -= share;

            // Sorts by falling remainder, then by index. The sum of weights is kept below 2^39, so both fit.
            order[i] = ((sum - remainder) << IndexBits) | (uint)i;
        }

        if (left == 0)
        {
            return;
        }

        order.Sort();
        for (var i = 0; i < left; i++)
        {
            shares[(int)(order[i] & ((1 << IndexBits) - 1))]++;
        }
    }

    private static long Sum(ReadOnlySpan<int> weights)
    {
        long sum = 0;
        foreach (var weight in weights)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(weight, nameof(weights));
            sum += weight;
        }

        return sum is > 0 and < 1L << (63 - IndexBits)
            ? sum
            : throw new ArgumentException($"Weights sum to {sum}.", nameof(weights));
    }
}
