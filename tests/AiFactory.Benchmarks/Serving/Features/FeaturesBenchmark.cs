using System.Globalization;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving.Features;

/// <summary>
/// What each feature costs a request in processor time: one process serves, rounds with everything on take turns with rounds that lack one feature, and the
/// median of the pairs' differences is printed with its spread.
/// </summary>
internal static class FeaturesBenchmark
{
    public const string Usage = "serving features [--rounds 15] [--seconds 1]   (pairs of rounds for each feature at 32 connections)";

    private const string Dimensions = "64-256-256-10", Model = "mlp";
    private const int Connections = 32, WarmSeconds = 15, Bodies = 2048;
    private const double WantedUs = 6, HitsMax = 0.001;
    private static readonly FeatureState Everything = new();

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var (rounds, seconds) = (Argument(arguments, "--rounds", 15), Argument(arguments, "--seconds", 1));
        var folder = Directory.CreateTempSubdirectory("aifactory-features-").FullName;
        try
        {
            var model = Mlp.Parse(Dimensions);
            model.WriteTo(folder);
            model.WriteRequests(Path.Combine(folder, "bodies.jsonl"), Bodies);
            var (port, data) = (FreePort.Find(), Path.Combine(folder, "factory"));
            using var product = await Product.Started(Executables.StartHost("serve-features", port.ToString(CultureInfo.InvariantCulture), data), port, data, cancellation);
            var sides = await Sides(product, folder, cancellation);
            foreach (var side in sides.Values)
            {
                await Check(side, model, cancellation);
            }

            await new Load(folder).Run(sides["full"], Connections, WarmSeconds, cancellation);
            await CheckMisses(product, cancellation);
            var results = new List<FeatureCost>();
            foreach (var feature in Features(sides))
            {
                results.Add(await Measure(product, new Load(folder), feature, rounds, seconds, cancellation));
                Console.WriteLine(results[^1].Line);
            }

            await CheckMisses(product, cancellation);
            await Check(sides["full"], model, cancellation);
            return Print(results);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // One server, one model, the same requests: endpoints differ in variants and cache, and a request brings a key or not.
    private static async Task<Dictionary<string, Competitor>> Sides(Product product, string folder, CancellationToken cancellation)
    {
        await product.Import(Model, await File.ReadAllBytesAsync(Path.Combine(folder, "mlp.onnx"), cancellation), cancellation);
        await product.CreateApiKey(cancellation);
        object[] one = [Product.Variant("a", Model, 100)], two = [Product.Variant("a", Model, 50), Product.Variant("b", Model, 50)];
        // Room for fewer answers than there are requests: every one is looked for, missed and kept.
        var caching = new { cache = new { secondsMax = 60, bytesMax = 128 << 10 } };
        var sides = new Dictionary<string, Competitor>();
        foreach (var (name, variants, serving) in new (string, object[], object)[] { ("full", two, caching), ("unab", one, caching), ("unca", two, new { }), ("bare", one, new { }) })
        {
            await product.DeployAs(name, new { variants, serving }, cancellation);
            sides[name] = Side(name, $"Bearer {product.ApiKey}");
        }

        (sides["nokey"], sides["nothing"]) = (Side("full", ""), Side("bare", ""));
        return sides;

        Competitor Side(string endpoint, string key) => new(endpoint, product.InferUrlOf(endpoint), Path.Combine(folder, "bodies.jsonl"), key, product.Process, Borrowed: true);
    }

    private static Feature[] Features(Dictionary<string, Competitor> sides)
    {
        var full = sides["full"];
        var unread = Everything with { Ledger = false, Figures = false };
        return
        [
            new("auth", "a key checked", new(full, Everything), new(sides["nokey"], Everything)),
            new("a/b", "two variants against one", new(full, Everything), new(sides["unab"], Everything)),
            new("log", "record appended; readers off in both", new(full, unread), new(full, unread with { Log = false })),
            new("metering", "ledger fed from the log", new(full, Everything), new(full, Everything with { Ledger = false })),
            new("figures", "experiments fed from the log", new(full, Everything), new(full, Everything with { Figures = false })),
            new("cache", "looked up, missed, kept", new(full, Everything), new(sides["unca"], Everything)),
            new("metrics", "all meters listened to", new(full, Everything), new(full, Everything with { Metrics = false })),
            new(FeatureCost.All, "all of these at once", new(full, Everything), new(sides["nothing"], new(false, false, false, false))),
        ];
    }

    private static async Task<FeatureCost> Measure(Product product, Load load, Feature feature, int rounds, int seconds, CancellationToken cancellation)
    {
        var (on, off) = (new List<double>(), new List<double>());
        await Round(feature.Off);
        await Round(feature.On);
        on.Clear();
        off.Clear();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var side in round % 2 == 0 ? new[] { feature.On, feature.Off } : [feature.Off, feature.On])
            {
                await Round(side);
            }
        }

        return new(feature, on, off);

        async Task Round(FeatureSide side)
        {
            await product.Post(side.State.Query, cancellation);
            var before = ProcessMeter.CpuSeconds(product.Process);
            var result = await load.Run(side.Target, Connections, seconds, cancellation);
            await product.Post("/settled", cancellation);
            if (result.Errors > 0)
            {
                throw new InvalidOperationException($"{result.Errors} requests of {feature.Name} failed.");
            }

            (side == feature.On ? on : off).Add((ProcessMeter.CpuSeconds(product.Process) - before) * 1e6 / (result.PerSecond * seconds));
        }
    }

    private static int Print(List<FeatureCost> results)
    {
        var sum = results.Where(result => result.Feature.Name != FeatureCost.All).Sum(result => result.Median);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
              sum of the features: {sum:F2} us a request, {sum / WantedUs:F2} of the {WantedUs} wanted; {Load.Tool}, {Connections} connections, load average {ProcessMeter.LoadAverage()}
              not in it: the device's clock and the division of a batch's time among its requests, {MeteringCost.Nanoseconds():F0} ns a request timed alone; traces, which nobody makes unless a collector is named
              processor time is the whole server's, with garbage collection and background threads; auth, a/b and cache are switched as a user would; log, readers and metrics have no switch in
              the product, and are replaced in a host composed as the product's own
            """));
        return 0;
    }

    private static async Task Check(Competitor side, Mlp model, CancellationToken cancellation)
    {
        if (await side.Check(model.Answer(), cancellation) is { } fault)
        {
            throw new InvalidOperationException($"{side.Name}: {fault}");
        }
    }

    // Each request is to be looked for in the cache and not found.
    private static async Task CheckMisses(Product product, CancellationToken cancellation)
    {
        var (hits, misses) = (await Count("/cache-hits"), await Count("/cache-misses"));
        if (hits > HitsMax * misses)
        {
            throw new InvalidOperationException($"{hits} requests were answered from the cache, beside {misses} that were not.");
        }

        async Task<double> Count(string path) => double.Parse(await product.Post(path, cancellation), CultureInfo.InvariantCulture);
    }

    private static int Argument(string[] arguments, string name, int standard)
    {
        var at = Array.IndexOf(arguments, name);
        return at < 0 || at + 1 == arguments.Length ? standard : int.Parse(arguments[at + 1], CultureInfo.InvariantCulture);
    }
}
