using System.Numerics;

namespace AiFactory.Domain.Traffic;

/// <summary>
/// Counts of latencies by size, in buckets of a quarter of an octave from 4 us on: a quantile read from them is at most an eighth off.
/// Sums of counts over time and gateways are counts again, which quantiles are not.
/// </summary>
public static class LatencyBuckets
{
    /// <summary>Number of buckets; the last one takes everything from 64 s on.</summary>
    public const int Count = (OctavesMax - StepBits + 1) << StepBits;

    private const int StepBits = 2;
    private const int Steps = 1 << StepBits;
    private const int OctavesMax = 26;

    /// <summary>The bucket of a latency in microseconds; of one below 0, the first.</summary>
    public static int Of(long microseconds)
    {
        if (microseconds < Steps)
            return (int)Math.Max(microseconds, 0);
        var octave = BitOperations.Log2((ulong)microseconds);
        var step = (int)(microseconds >> (octave - StepBits)) & (Steps - 1);
        return Math.Min(((octave - StepBits + 1) << StepBits) + step, Count - 1);
    }

    /// <summary>Where a bucket begins, in microseconds.</summary>
    public static long From(int bucket)
    {
        var octave = (bucket >> StepBits) - 1;
        return octave < 0 ? bucket : (long)(Steps + (bucket & (Steps - 1))) << octave;
    }

    /// <summary>Both together; either may be shorter than <see cref="Count"/>, where the rest is zero, or null.</summary>
    public static IReadOnlyList<long>? Add(IReadOnlyList<long>? a, IReadOnlyList<long>? b)
    {
        if (a is null || b is null)
            return a ?? b;
        var sum = new long[Math.Max(a.Count, b.Count)];
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] = (i < a.Count ? a[i] : 0) + (i < b.Count ? b[i] : 0);
        }

        return sum;
    }

    /// <summary>The latency in seconds that a share of the counted stays within, read at the middle of its bucket; null when none is counted.</summary>
    /// <param name="share">0 to 1.</param>
    public static double? Quantile(IReadOnlyList<long>? counts, double share)
    {
        var all = counts?.Sum() ?? 0;
        if (all == 0)
            return null;
        var (rank, seen) = (Math.Max(1, (long)Math.Ceiling(share * all)), 0L);
        for (var bucket = 0; ; bucket++)
        {
            seen += counts![bucket];
            if (seen >= rank)
                return (From(bucket) + From(bucket + 1)) / 2.0 / 1e6;
        }
    }
}
