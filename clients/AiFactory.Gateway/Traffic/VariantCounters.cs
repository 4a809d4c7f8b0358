using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AiFactory.Domain.Traffic;

namespace AiFactory.Gateway.Traffic;

/// <summary>
/// Counts what becomes of one variant's requests, for next to nothing: no lock, no allocation, and a place of its own for each processor so that
/// they do not take the line from each other. Any thread counts; one reads.
/// </summary>
internal sealed class VariantCounters
{
    private const double MicrosecondsASecond = 1e6;
    private const int StripesMax = 16;

    private static readonly int Stripes = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, StripesMax));

    private readonly Stripe[] _stripes = new Stripe[Stripes];
    private readonly long[] _toldLatencies = new long[LatencyBuckets.Count];
    private Totals _told;

    /// <param name="latency">From the request's arrival to its record, in microseconds.</param>
    /// <param name="queue">Of which the rows waited, in microseconds.</param>
    public void Answered(long latency, long queue)
    {
        ref var stripe = ref Mine();
        Interlocked.Increment(ref stripe.Answered[LatencyBuckets.Of(latency)]);
        Interlocked.Add(ref stripe.Latency, latency);
        // Wraps after 92,000 squares of 10 s; differences come out right all the same.
        Interlocked.Add(ref stripe.LatencySquares, unchecked(latency * latency));
        Interlocked.Add(ref stripe.Queue, queue);
        Raise(ref stripe.LatencyMax, latency);
        Raise(ref stripe.QueueMax, queue);
    }

    /// <summary>A request given an answer again.</summary>
    public void Cached() => Interlocked.Increment(ref Mine().Cached);

    /// <summary>A request that failed for the factory's or the model's fault.</summary>
    public void Failed() => Interlocked.Increment(ref Mine().Failed);

    /// <summary>What was counted since the last call; null when nothing was. For one thread at a time.</summary>
    public VariantTraffic? Take(string variant, int active)
    {
        var (now, latencyMax, queueMax, latencies) = (default(Totals), 0L, 0L, new long[LatencyBuckets.Count]);
        foreach (ref var stripe in _stripes.AsSpan())
        {
            for (var bucket = 0; bucket < latencies.Length; bucket++)
            {
                latencies[bucket] += Volatile.Read(ref stripe.Answered[bucket]);
            }

            now.Failed += Volatile.Read(ref stripe.Failed);
            now.Cached += Volatile.Read(ref stripe.Cached);
            now.Latency += Volatile.Read(ref stripe.Latency);
            now.LatencySquares = unchecked(now.LatencySquares + Volatile.Read(ref stripe.LatencySquares));
            now.Queue += Volatile.Read(ref stripe.Queue);
            latencyMax = Math.Max(latencyMax, Interlocked.Exchange(ref stripe.LatencyMax, 0));
            queueMax = Math.Max(queueMax, Interlocked.Exchange(ref stripe.QueueMax, 0));
        }

        var (before, failed, cached) = (_told, now.Failed - _told.Failed, now.Cached - _told.Cached);
        for (var bucket = 0; bucket < latencies.Length; bucket++)
        {
            (latencies[bucket], _toldLatencies[bucket]) = (latencies[bucket] - _toldLatencies[bucket], latencies[bucket]);
        }

        var answered = latencies.Sum();
        _told = now;
        return answered + failed + cached == 0
            ? null
            : new(
                variant,
                answered + failed,
                failed,
                (now.Latency - before.Latency) / MicrosecondsASecond,
                unchecked(now.LatencySquares - before.LatencySquares) / (MicrosecondsASecond * MicrosecondsASecond),
                latencyMax / MicrosecondsASecond,
                (now.Queue - before.Queue) / MicrosecondsASecond,
                queueMax / MicrosecondsASecond,
                active,
                cached,
                latencies[..(Array.FindLastIndex(latencies, static count => count != 0) + 1)]);
    }

    private ref Stripe Mine() => ref _stripes[Thread.GetCurrentProcessorId() & (Stripes - 1)];

    private static void Raise(ref long max, long value)
    {
        var present = Volatile.Read(ref max);
        while (value > present)
        {
            var seen = Interlocked.CompareExchange(ref max, value, present);
            if (seen == present)
            {
                return;
            }

            present = seen;
        }
    }

    private struct Totals
    {
        public long Failed;
        public long Cached;
        public long Latency;
        public long LatencySquares;
        public long Queue;
    }

    /// <summary>By latency. One count is made for each request, in the bucket that it falls into.</summary>
    [InlineArray(LatencyBuckets.Count)]
    private struct Buckets
    {
        private long _first;
    }

    /// <summary>Whole pairs of cache lines: processors fetch them so.</summary>
    [StructLayout(LayoutKind.Sequential, Size = ((LatencyBuckets.Count * sizeof(long) / 128) + 2) * 128)]
    private struct Stripe
    {
        public long Failed;
        public long Cached;
        public long Latency;
        public long LatencySquares;
        public long LatencyMax;
        public long Queue;
        public long QueueMax;
        public Buckets Answered;
    }
}
