using System.Globalization;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving.Features;

/// <summary>
/// What each feature costs a request in processor time: two processes serve side by side, one with everything on and one that lacks a feature, and then the
/// other way round, so that neither the machine's mood nor a process's own luck favours a side. The median of the differences is printed with its spread.
/// </summary>
internal static class FeaturesBenchmark
{
    public const string Usage = "serving features [--rounds 15] [--seconds 1]   (pairs of rounds for each feature, at 32 connections to each of two servers)";

    private const string Dimensions = "64-256-256-10";
    private const int Connections = 32, WarmSeconds = 15, Bodies = 2048;
    private const double WantedUs = 6;
    private static readonly FeatureState Everything = new();

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var (rounds, seconds) = (Arguments.Number(arguments, "--rounds", 15), Arguments.Number(arguments, "--seconds", 1));
        var folder = Directory.CreateTempSubdirectory("aifactory-features-").FullName;
        try
        {
            var model = Mlp.Parse(Dimensions);
            model.WriteTo(folder);
            model.WriteRequests(Path.Combine(folder, FeatureServer.Requests), Bodies);
            using var one = await FeatureServer.Start(folder, "one", cancellation);
            using var other = await FeatureServer.Start(folder, "other", cancellation);
            FeatureServer[] servers = [one, other];
            await Task.WhenAll(servers.Select(server => server.Warm(model.Answer(), Connections, WarmSeconds, cancellation)));
            var results = new List<FeatureCost>();
            foreach (var feature in Features())
            {
                results.Add(await Measure(servers, feature, rounds, seconds, cancellation));
                Console.WriteLine(results[^1].Line);
            }

            await Task.WhenAll(servers.Select(server => server.Check(model.Answer(), cancellation)));
            return Print(results);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Feature[] Features()
    {
        var unread = Everything with { Ledger = false, Figures = false };
        var full = new FeatureSide(FeatureServer.Full, Everything);
        return
        [
            new("auth", "a key checked", full, new(FeatureServer.FullWithoutKey, Everything)),
            new("a/b", "two variants against one", full, new(FeatureServer.OneVariant, Everything)),
            new("log", "record appended; readers off in both", new(FeatureServer.Full, unread), new(FeatureServer.Full, unread with { Log = false })),
            new("metering", "ledger fed from the log", full, new(FeatureServer.Full, Everything with { Ledger = false })),
            new("figures", "experiments fed from the log", full, new(FeatureServer.Full, Everything with { Figures = false })),
            new("cache", "looked up, missed, kept", full, new(FeatureServer.NoCache, Everything)),
            new("metrics", "all meters listened to", full, new(FeatureServer.Full, Everything with { Metrics = false })),
            new(FeatureCost.All, "all of these at once", full, new(FeatureServer.NothingOn, new(false, false, false, false))),
        ];
    }

    private static async Task<FeatureCost> Measure(FeatureServer[] servers, Feature feature, int rounds, int seconds, CancellationToken cancellation)
    {
        var (on, off) = (new List<double>(), new List<double>());
        await Pair();
        on.Clear();
        off.Clear();
        for (var round = 0; round < rounds; round++)
        {
            await Pair();
        }

        return new(feature, on, off);

        async Task Pair()
        {
            var first = await Task.WhenAll(servers[0].Round(feature.On, Connections, seconds, cancellation), servers[1].Round(feature.Off, Connections, seconds, cancellation));
            var second = await Task.WhenAll(servers[0].Round(feature.Off, Connections, seconds, cancellation), servers[1].Round(feature.On, Connections, seconds, cancellation));
            on.Add((first[0] + second[1]) / 2);
            off.Add((first[1] + second[0]) / 2);
        }
    }

    private static int Print(List<FeatureCost> results)
    {
        var sum = results.Where(result => result.Feature.Name != FeatureCost.All).Sum(result => result.Median);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
              sum of the features: {sum:F2} us a request, {sum / WantedUs:F2} of the {WantedUs} wanted; {Load.Tool}, {Connections} connections to each of two servers, load average {ProcessMeter.LoadAverage()}
              not in it: the device's clock and the division of a batch's time among its requests, {MeteringCost.Nanoseconds():F0} ns a request timed alone; traces, which nobody makes unless a collector is named
              processor time is a whole server's, with garbage collection and background threads; auth, a/b and cache are switched as a user would; log, readers and metrics have no switch in
              the product, and are replaced in a host composed as the product's own
            """));
        return 0;
    }
}
