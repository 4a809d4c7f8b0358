using System.Globalization;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving;

/// <summary>
/// Decisions a second over HTTP with everything on, beside what a user would pick instead: the servers run at once with the same weights, answers are
/// checked before and after, rounds are interleaved, and medians are printed, with the median of each round's ratio to every peer and what a request costs
/// the product in processor time and managed memory.
/// </summary>
internal static class SpeedBenchmark
{
    private const string Ours = "aifactory";
    private const string Baseline = "aspnet_ort";
    private const int WarmConnections = 32;

    // Tiered compilation takes this long to settle on two saturated cores where a whole product is compiled; the bare servers are done in a quarter of it.
    private const int WarmSeconds = 40;
    private static readonly string[] BareModes = ["ort", "batch", "echo"];

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var options = SpeedOptions.Parse(arguments);
        var folder = Directory.CreateTempSubdirectory("aifactory-speed-").FullName;
        try
        {
            foreach (var dimensions in options.Dimensions)
            {
                var modelFolder = Path.Combine(options.ModelsFolder ?? folder, $"model-{dimensions}");
                var model = Mlp.Parse(dimensions);
                model.WriteTo(modelFolder, forPeers: true);
                using var product = await Product.Start(Path.Combine(folder, $"factory-{dimensions}"), cancellation);
                await product.Deploy(Path.Combine(modelFolder, "mlp.onnx"), cancellation);
                if (options.ServeOnly)
                {
                    await Serve(product, modelFolder, cancellation);
                    break;
                }

                await Compare(options, dimensions, model.Answer(), product, modelFolder, cancellation);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    private static async Task Serve(Product product, string modelFolder, CancellationToken cancellation)
    {
        Console.WriteLine($"url  {product.InferUrl}\nbody {Path.Combine(modelFolder, "body-v2.json")}\nauth Bearer {product.ApiKey}\npid  {product.Process.Id}\ndata {product.DataFolder}");
        try
        {
            await product.Process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("stopped");
        }
    }

    private static async Task Compare(
        SpeedOptions options, string dimensions, double[] expected, Product product, string modelFolder, CancellationToken cancellation)
    {
        var competitors = new List<Competitor>
        {
            new(Ours, product.InferUrl, Path.Combine(modelFolder, "body-v2.json"), $"Bearer {product.ApiKey}", product.Process, Borrowed: true),
        };
        try
        {
            competitors.AddRange(BareModes.Select(mode => Competitor.Bare(mode, modelFolder)));
            competitors.AddRange(options.PeersFolder is { } peers ? Competitor.Others(peers, modelFolder) : []);
            Console.WriteLine($"{dimensions}, {Load.Tool}, {options.Rounds} rounds of {options.Seconds} s");
            await RemoveWrong(competitors, expected, cancellation);
            var rounds = await Measure(options, competitors, product, new Load(modelFolder), cancellation);
            await RemoveWrong(competitors, expected, cancellation);
            Print(options, competitors, rounds);
        }
        finally
        {
            competitors.ForEach(competitor => competitor.Dispose());
        }
    }

    private static async Task RemoveWrong(List<Competitor> competitors, double[] expected, CancellationToken cancellation)
    {
        foreach (var competitor in competitors.ToArray())
        {
            var fault = await competitor.Check(expected, cancellation);
            Console.WriteLine($"  {competitor.Name}: {fault ?? "answers right"}");
            if (fault is null)
            {
                continue;
            }

            if (competitor.Name is Ours or Baseline)
            {
                throw new InvalidOperationException($"{competitor.Name} cannot be measured: {fault}");
            }

            competitors.Remove(competitor);
            competitor.Dispose();
        }
    }

    private static async Task<List<Round>> Measure(
        SpeedOptions options, List<Competitor> competitors, Product product, Load load, CancellationToken cancellation)
    {
        foreach (var competitor in competitors)
        {
            await load.Run(competitor, WarmConnections, WarmSeconds, cancellation);
        }

        var rounds = new List<Round>();
        for (var number = 0; number < options.Rounds; number++)
        {
            foreach (var connections in options.Connections)
            {
                // Every other round runs backwards, so that no one is always first or last.
                foreach (var competitor in number % 2 == 0 ? competitors : competitors.AsEnumerable().Reverse())
                {
                    var ours = competitor.Name == Ours;
                    var allocated = ours ? await product.AllocatedBytes(cancellation) : double.NaN;
                    var before = ProcessMeter.CpuSeconds(competitor.Process);
                    var result = await load.Run(competitor, connections, options.Seconds, cancellation);
                    var requests = Math.Max(1, result.PerSecond * options.Seconds);
                    var cpuUs = (ProcessMeter.CpuSeconds(competitor.Process) - before) * 1e6 / requests;
                    var bytes = ours ? (await product.AllocatedBytes(cancellation) - allocated) / requests : double.NaN;
                    rounds.Add(new(number, connections, competitor.Name, result, cpuUs, bytes));
                }
            }
        }

        return rounds;
    }

    private static void Print(SpeedOptions options, List<Competitor> competitors, List<Round> rounds)
    {
        Console.WriteLine($"  load average {ProcessMeter.LoadAverage()}");
        foreach (var connections in options.Connections)
        {
            var ours = Of(Ours);
            foreach (var competitor in competitors)
            {
                var measured = Of(competitor.Name);
                var perSecond = measured.ConvertAll(round => round.Load.PerSecond);
                var against = competitor.Name == Ours
                    ? $"{Medians.Of(measured.Select(round => round.Bytes)),5:F0} managed bytes/request"
                    : string.Create(CultureInfo.InvariantCulture,
                        $"aifactory is x{Medians.Of(ours.Zip(measured, (own, peer) => own.Load.PerSecond / peer.Load.PerSecond)):F2}, "
                        + $"p50 {Medians.Of(ours.Zip(measured, (own, peer) => own.Load.P50Us - peer.Load.P50Us)):+0;-0} us, "
                        + $"p99 x{Medians.Of(ours.Zip(measured, (own, peer) => own.Load.P99Us / peer.Load.P99Us)):F2}");
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  c={connections,-4}{competitor.Name,-14}{Medians.Of(perSecond),8:F0}/s ({perSecond.Min():F0}-{perSecond.Max():F0})  "
                    + $"p50 {Medians.Of(measured.Select(round => round.Load.P50Us)) / 1000:F2} ms  p99 {Medians.Of(measured.Select(round => round.Load.P99Us)) / 1000:F2} ms  "
                    + $"cpu {Medians.Of(measured.Select(round => round.CpuUs)):F0} us/request  errors {measured.Sum(round => round.Load.Errors):F0}  {against}"));
            }

            List<Round> Of(string name) => [.. rounds.Where(round => round.Connections == connections && round.Name == name).OrderBy(round => round.Number)];
        }
    }

    /// <param name="Bytes">Managed memory allocated for a request; NaN for peers.</param>
    private sealed record Round(int Number, int Connections, string Name, LoadResult Load, double CpuUs, double Bytes);
}
