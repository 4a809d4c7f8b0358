using System.Globalization;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Decisions;

/// <summary>
/// Decisions a second over HTTP with everything on, beside what a user would pick instead: all servers run at once with the same weights, answers are
/// checked first, rounds are interleaved, and medians and ratios to unbatched ASP.NET Core with ONNX Runtime (<c>aspnet_ort</c>) are printed.
/// </summary>
internal static class DecisionsBenchmark
{
    private const string Baseline = "aspnet_ort";
    private const int WarmConnections = 32;

    // Tiered compilation takes this long to settle on two cores.
    private const int WarmSeconds = 10;
    private static readonly string[] BareModes = ["ort", "batch", "echo"];

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var options = DecisionsOptions.Parse(arguments);
        var folder = Directory.CreateTempSubdirectory("aifactory-decisions-").FullName;
        try
        {
            foreach (var dimensions in options.Dimensions)
            {
                var modelFolder = Path.Combine(options.ModelsFolder ?? folder, $"model-{dimensions}");
                var model = Mlp.Parse(dimensions);
                model.WriteTo(modelFolder);
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
        DecisionsOptions options, string dimensions, double[] expected, Product product, string modelFolder, CancellationToken cancellation)
    {
        var competitors = new List<Competitor>
        {
            new("aifactory", product.InferUrl, Path.Combine(modelFolder, "body-v2.json"), $"Bearer {product.ApiKey}", product.Process, Borrowed: true),
        };
        try
        {
            competitors.AddRange(BareModes.Select(mode => Competitor.Bare(mode, modelFolder)));
            competitors.AddRange(options.PeersFolder is { } peers ? Competitor.Others(peers, modelFolder) : []);
            Console.WriteLine($"{dimensions}, {Load.Tool}, {options.Rounds} rounds of {options.Seconds} s");
            await RemoveWrong(competitors, expected, cancellation);
            var rounds = await Measure(options, competitors, new Load(modelFolder), cancellation);
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

            if (competitor.Name is "aifactory" or Baseline)
            {
                throw new InvalidOperationException($"{competitor.Name} cannot be measured: {fault}");
            }

            competitors.Remove(competitor);
            competitor.Dispose();
        }
    }

    private static async Task<Dictionary<(int Connections, string Name), List<(LoadResult Load, double CpuUs)>>> Measure(
        DecisionsOptions options, List<Competitor> competitors, Load load, CancellationToken cancellation)
    {
        foreach (var competitor in competitors)
        {
            await load.Run(competitor, WarmConnections, WarmSeconds, cancellation);
        }

        var rounds = new Dictionary<(int, string), List<(LoadResult, double)>>();
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var connections in options.Connections)
            {
                // Every other round runs backwards, so that no one is always first or last.
                foreach (var competitor in round % 2 == 0 ? competitors : competitors.AsEnumerable().Reverse())
                {
                    var before = ProcessMeter.CpuSeconds(competitor.Process);
                    var result = await load.Run(competitor, connections, options.Seconds, cancellation);
                    var cpuUs = (ProcessMeter.CpuSeconds(competitor.Process) - before) * 1e6 / Math.Max(1, result.PerSecond * options.Seconds);
                    rounds.TryAdd((connections, competitor.Name), []);
                    rounds[(connections, competitor.Name)].Add((result, cpuUs));
                }
            }
        }

        return rounds;
    }

    private static void Print(
        DecisionsOptions options, List<Competitor> competitors, Dictionary<(int Connections, string Name), List<(LoadResult Load, double CpuUs)>> rounds)
    {
        Console.WriteLine($"  load average {ProcessMeter.LoadAverage()}");
        foreach (var connections in options.Connections)
        {
            var baseline = Medians.Of(rounds[(connections, Baseline)].Select(round => round.Load.PerSecond));
            foreach (var competitor in competitors)
            {
                var measured = rounds[(connections, competitor.Name)];
                var perSecond = measured.ConvertAll(round => round.Load.PerSecond);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  c={connections,-4}{competitor.Name,-16}{Medians.Of(perSecond),8:F0}/s ({perSecond.Min():F0}-{perSecond.Max():F0})  x{Medians.Of(perSecond) / baseline:F2}  "
                    + $"p50 {Medians.Of(measured.Select(round => round.Load.P50Us)) / 1000:F2} ms  p99 {Medians.Of(measured.Select(round => round.Load.P99Us)) / 1000:F2} ms  "
                    + $"cpu {Medians.Of(measured.Select(round => round.CpuUs)):F0} us/request  errors {measured.Sum(round => round.Load.Errors):F0}"));
            }
        }
    }
}
