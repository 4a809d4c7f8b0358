using System.Diagnostics;
using System.Globalization;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Workers;
using AiFactory.Grains.Workers.Training;

namespace AiFactory.Benchmarks.AllReduce;

/// <summary>
/// Gigabytes of gradients summed a second by two workers, in two silos over loopback TCP and in one silo, as ratios to copying the same bytes in
/// memory on one thread, taken in turn in the same run.
/// </summary>
internal static class AllReduceBenchmark
{
    private const int Rounds = 15;
    private const int WarmRounds = 3;
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(5);

    /// <param name="args">Number of float32 values; default 10,000,000.</param>
    public static async Task<int> Run(string[] args)
    {
        var values = args is [var text, ..] ? int.Parse(text, CultureInfo.InvariantCulture) : 10_000_000;
        using var stop = new CancellationTokenSource(RunMax);
        await using var silos = await SiloPair.Start(stop.Token);
        var across = new Pair(silos, [(0, 0), (1, 0)], values, 1, stop.Token);
        var within = new Pair(silos, [(0, 0), (0, 1)], values, 2, stop.Token);
        var copy = new Copy(values);

        var (acrossRates, withinRates, copyRates) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < WarmRounds + Rounds; round++)
        {
            var rates = (across.Round(), within.Round(), copy.Round());
            if (round >= WarmRounds)
            {
                acrossRates.Add(rates.Item1);
                withinRates.Add(rates.Item2);
                copyRates.Add(rates.Item3);
            }
        }

        var memory = Medians.Of(copyRates);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{values} float32, median of {Rounds} rounds, GB of values a second (ratio to memcpy)"));
        Print("memcpy", memory, memory);
        Print("two silos", Medians.Of(acrossRates), memory);
        Print("one silo", Medians.Of(withinRates), memory);
        return 0;
    }

    private static void Print(string what, double rate, double memory) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-10} {rate,8:F3}  {rate / memory,6:F3}"));

    private static double Rate(int values, long since) => values * (double)sizeof(float) / Stopwatch.GetElapsedTime(since).TotalSeconds / 1e9;

    private sealed class Copy(int values)
    {
        private readonly float[] _from = Filled(values, 1);
        private readonly float[] _to = Filled(values, 2);

        public double Round()
        {
            var since = Stopwatch.GetTimestamp();
            _from.AsSpan().CopyTo(_to);
            return Rate(values, since);
        }
    }

    private sealed class Pair
    {
        private readonly float[][] _values;
        private readonly GrainRingLink[] _links;

        public Pair(SiloPair silos, (int Silo, int Device)[] places, int values, int attempt, CancellationToken cancellation)
        {
            var ring = Array.ConvertAll(places, place => SiloPair.Worker(place.Silo, place.Device));
            _values = [Filled(values, 0), Filled(values, 0)];
            _links = [.. places.Select((place, rank) => Link(silos, place.Silo, ring, rank, attempt, cancellation))];
        }

        /// <summary>One sum by both ranks, each on a thread of its own, checked on both.</summary>
        public double Round()
        {
            for (var rank = 0; rank < _values.Length; rank++)
            {
                _values[rank].AsSpan().Fill(rank + 1);
            }

            var since = Stopwatch.GetTimestamp();
            var other = new Thread(() => RingAllReduce.Sum(_values[1], _links[1]));
            other.Start();
            RingAllReduce.Sum(_values[0], _links[0]);
            other.Join();
            var rate = Rate(_values[0].Length, since);
            return Array.TrueForAll(_values, own => !own.AsSpan().ContainsAnyExcept(3f))
                ? rate
                : throw new InvalidOperationException("The ranks' sums are wrong.");
        }

        private static GrainRingLink Link(SiloPair silos, int silo, WorkerKey[] ring, int rank, int attempt, CancellationToken cancellation)
        {
            var run = new TrainingRunKey("benchmark", "allreduce");
            var assignment = new ShardAssignment(
                run, attempt, new TrainingSpec("none", new DatasetVersionKey("benchmark", "none", 1), "none", "none"), null!, rank, ring, 0);
            var next = silos.Grains(silo).GetGrain<IWorkerGrain>(ring[(rank + 1) % ring.Length].ToGrainKey());
            return new GrainRingLink(assignment, next, silos.Shards(silo).Inbox(ring[rank], run.ToGrainKey(), attempt), cancellation);
        }
    }

    // Touched, so that the first round does not pay for the pages.
    private static float[] Filled(int values, float value)
    {
        var array = new float[values];
        array.AsSpan().Fill(value);
        return array;
    }
}
