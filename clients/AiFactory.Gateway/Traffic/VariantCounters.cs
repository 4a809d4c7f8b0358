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
    private Totals _told;

    /// <param name="latency">From the request's arrival to its record, in microseconds.</param>
    /// <param name="queue">Of which the rows waited, in microseconds.</param>
    public void Answered(long latency, long queue)
    {
        ref var stripe = ref Mine();
        Interlocked.Increment(ref stripe.Answered);
        Interlocked.Add(ref stripe.Latency, latency);
        // Wraps after 92,000 squares of 10 s; differences come out right all the same.
        Interlocked.Add(ref stripe.LatencySquares, unchecked(latency * latency));
        Interlocked.Add(ref stripe.Queue, queue);
        Raise(ref stripe.LatencyMax, latency);
        Raise(ref stripe.QueueMax, queue);
    }

    /// <summary>A request that failed for the factory's or the model's fault.</summary>
    public void Failed() => Interlocked.Increment(ref Mine().Failed);

    /// <summary>What was counted since the last call; null when nothing was. For one thread at a time.</summary>
    public VariantTraffic? Take(string variant, int active)
    {
        var (now, latencyMax, queueMax) = (default(Totals), 0L, 0L);
        foreach (ref var stripe in _stripes.AsSpan())
        {
            now.Answered += Volatile.Read(ref stripe.Answered);
            now.Failed += Volatile.Read(ref stripe.Failed);
            now.Latency += Volatile.Read(ref stripe.Latency);
            now.LatencySquares = unchecked(now.LatencySquares + Volatile.Read(ref stripe.LatencySquares));
            now.Queue += Volatile.Read(ref stripe.Queue);
            latencyMax = Math.Max(latencyMax, Interlocked.Exchange(ref stripe.LatencyMax, 0));
            queueMax = Math.Max(queueMax, Interlocked.Exchange(ref stripe.QueueMax, 0));
        }

        var (before, answered, failed) = (_told, now.Answered - _told.Answered, now.Failed - _told.Failed);
        _told = now;
        return answered + failed == 0
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
                active);
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
        public long Answered;
        public long Failed;
        public long Latency;
        public long LatencySquares;
        public long Queue;
    }

    /// <summary>Two cache lines: processors fetch them in pairs.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Stripe
    {
        public long Answered;
        public long Failed;
        public long Latency;
        public long LatencySquares;
        public long LatencyMax;
        public long Queue;
        public long QueueMax;
    }
}
