using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving.Models;

/// <summary>
/// A thousand small models registered and deployed, memory for a hundred of them on each device, fifty of them hot: what cold ones do to the hot ones'
/// latency, and memory against its budget. Rounds with and without cold calls take turns; every answer is checked.
/// </summary>
internal static class ModelsBenchmark
{
    public const string Usage = "serving models [--models 1000] [--rounds 7] [--seconds 5]";
    private const int Hot = 50, Fit = 100, Connections = 8, Callers = 8;
    private static readonly TimeSpan HotPeriod = TimeSpan.FromMilliseconds(10), ColdPeriod = TimeSpan.FromMilliseconds(50);

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var (count, rounds, seconds) = (Arguments.Number(arguments, "--models", 1000), Arguments.Number(arguments, "--rounds", 7), Arguments.Number(arguments, "--seconds", 5));
        var folder = Directory.CreateTempSubdirectory("aifactory-models-");
        try
        {
            SmallModel[] models = [.. Enumerable.Range(0, count).Select(number => new SmallModel(number))];
            var each = await MemoryOfOne(Path.Combine(folder.FullName, "probe"), models[0], cancellation);
            var environment = new Dictionary<string, string> { ["AIFACTORY__MODELMEMORYBYTESMAX"] = (each * Fit).ToString(CultureInfo.InvariantCulture) };
            using var product = await Product.Start(Path.Combine(folder.FullName, "data"), cancellation, environment);
            await product.CreateApiKey(cancellation);
            Console.WriteLine(Line($"{count} models, {Hot} hot; each takes {each / 1024.0:F0} KiB by the engine's count, each device keeps {Fit} of them"));
            await Timed("registered", models, model => product.Import(model.Name, model.Onnx(), cancellation));
            var idle = ResidentBytes(product.Process);
            await Timed("deployed", models, model => product.DeployOnly(model.Name, cancellation));
            return await Measure(product, models, rounds, seconds, idle, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<int> Measure(Product product, SmallModel[] models, int rounds, int seconds, long idle, CancellationToken cancellation)
    {
        var hot = new PacedLoad(product.Url, product.ApiKey, models[..Hot]);
        var cold = new PacedLoad(product.Url, product.ApiKey, models[Hot..]);
        var wrong = (await hot.Run(Connections, HotPeriod, seconds, seed: 0)).Wrong;
        var (alone, beside, ratios, colds) = (new List<double>(), new List<double>(), new List<double>(), new List<PacedResult>());
        var (most, peak) = (0.0, 0L);
        for (var round = 0; round < rounds; round++)
        {
            var (without, with) = (default(PacedResult)!, default(PacedResult)!);
            foreach (var coldToo in round % 2 == 0 ? new[] { false, true } : [true, false])
            {
                var asking = coldToo ? cold.Run(1, ColdPeriod, seconds, seed: 1000 + round) : Task.FromResult(new PacedResult([], 0));
                var result = await hot.Run(Connections, HotPeriod, seconds, seed: 100 * (round + 1));
                var asked = await asking;
                (without, with) = coldToo ? (without, result) : (result, with);
                colds.Add(asked);
                wrong += result.Wrong + asked.Wrong;
                most = Math.Max(most, await product.MemoryShare(cancellation));
                peak = Math.Max(peak, ResidentBytes(product.Process));
            }

            alone.Add(without.Percentile(0.99));
            beside.Add(with.Percentile(0.99));
            ratios.Add(with.Percentile(0.99) / without.Percentile(0.99));
            Console.WriteLine(Line($"  round {round + 1}: hot p50 {without.Percentile(0.5) / 1000:F2} / {with.Percentile(0.5) / 1000:F2} ms, p99 {alone[^1] / 1000:F2} / {beside[^1] / 1000:F2} ms"));
        }

        var all = new PacedResult([.. colds.SelectMany(result => result.LatenciesUs)], 0);
        Console.WriteLine(Line($"  hot p99 without cold calls {Medians.Of(alone) / 1000:F2} ms, with {Medians.Of(beside) / 1000:F2} ms: x{Medians.Of(ratios):F2} (median of {rounds} pairs)"));
        Console.WriteLine(Line($"  {all.LatenciesUs.Count} cold calls: p50 {all.Percentile(0.5) / 1000:F1} ms, p99 {all.Percentile(0.99) / 1000:F1} ms"));
        Console.WriteLine(Line($"  memory counted: at most {most:P0} of the budget; resident {peak >> 20} MiB, {idle >> 20} MiB before the first model was loaded"));
        Console.WriteLine(Line($"  wrong answers {wrong}; load average {ProcessMeter.LoadAverage()}"));
        return wrong == 0 && most <= 1 ? 0 : 1;
    }

    private static async Task<long> MemoryOfOne(string dataFolder, SmallModel model, CancellationToken cancellation)
    {
        using var product = await Product.Start(dataFolder, cancellation);
        return JsonSerializer.Deserialize<JsonElement>(await product.Import(model.Name, model.Onnx(), cancellation)).GetProperty("memoryBytes").GetInt64();
    }

    private static async Task Timed(string what, SmallModel[] models, Func<SmallModel, Task> act)
    {
        var watch = Stopwatch.StartNew();
        var marks = new List<double>();
        foreach (var part in models.Chunk(Math.Max(1, models.Length / 4)))
        {
            var began = watch.Elapsed;
            await Parallel.ForEachAsync(part, new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (model, _) => await act(model));
            marks.Add(part.Length / (watch.Elapsed - began).TotalSeconds);
        }

        Console.WriteLine(Line($"  {what} in {watch.Elapsed.TotalSeconds:F1} s: {models.Length / watch.Elapsed.TotalSeconds:F0}/s ({string.Join(", ", marks.Select(mark => mark.ToString("F0", CultureInfo.InvariantCulture)))}/s in its quarters)"));
    }

    private static long ResidentBytes(Process process)
    {
        process.Refresh();
        return process.WorkingSet64;
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
