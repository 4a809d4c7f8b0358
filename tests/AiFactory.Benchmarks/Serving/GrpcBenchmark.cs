using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving;

/// <summary>Rate of inference over gRPC, calls and streams, as a ratio to the same requests over REST as JSON: one factory, one kind of client, paired rounds.</summary>
internal static partial class GrpcBenchmark
{
    public const string Usage = "serving grpc [DIMS] [ROUNDS] [SECONDS]   (64-256-256-10, 5 rounds of 3 s at 32 and 128 requests at a time)";

    private const double Tolerance = 1e-4;
    private static readonly string[] Modes = ["json", "unary", "stream"];

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var dimensions = arguments.ElementAtOrDefault(0) ?? "64-256-256-10";
        var rounds = int.Parse(arguments.ElementAtOrDefault(1) ?? "5", CultureInfo.InvariantCulture);
        var seconds = int.Parse(arguments.ElementAtOrDefault(2) ?? "3", CultureInfo.InvariantCulture);
        var folder = Directory.CreateTempSubdirectory("aifactory-grpc-").FullName;
        try
        {
            var model = Mlp.Parse(dimensions);
            model.WriteTo(folder);
            using var product = await Product.Start(Path.Combine(folder, "data"), cancellation);
            await product.Deploy(Path.Combine(folder, "mlp.onnx"), cancellation);
            Console.WriteLine($"inference on {dimensions}, client .NET (HttpClient, Grpc.Net.Client) in a process of its own, answers checked in every round");
            foreach (var concurrency in new[] { 32, 128 })
            {
                await Compare(product, folder, model.Answer(), concurrency, rounds, seconds, cancellation);
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Compare(Product product, string folder, double[] expected, int concurrency, int rounds, int seconds, CancellationToken cancellation)
    {
        var results = Modes.ToDictionary(mode => mode, _ => new List<LoadResult>());
        for (var round = -1; round < rounds; round++)
        {
            // The first round is warm-up; whoever goes first changes from round to round.
            foreach (var mode in Enumerable.Range(0, Modes.Length).Select(i => Modes[(i + round + 1) % Modes.Length]))
            {
                var result = await Load(product, folder, mode, expected, concurrency, round < 0 ? 1 : seconds, cancellation);
                if (round >= 0)
                {
                    results[mode].Add(result);
                }
            }
        }

        foreach (var mode in Modes)
        {
            var ratios = results[mode].Zip(results["json"]).Select(pair => pair.First.PerSecond / pair.Second.PerSecond).ToArray();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{concurrency,4} at a time, {mode,-6}: {Medians.Of(results[mode].Select(result => result.PerSecond)),7:F0}/s p50 {Medians.Of(results[mode].Select(result => result.P50Us)),6:F0} us p99 {Medians.Of(results[mode].Select(result => result.P99Us)),6:F0} us | to json {Medians.Of(ratios):F2} ({ratios.Min():F2} to {ratios.Max():F2})"));
        }
    }

    private static async Task<LoadResult> Load(Product product, string folder, string mode, double[] expected, int concurrency, int seconds, CancellationToken cancellation)
    {
        var announced = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(product.DataFolder, "factory.json"), cancellation));
        var url = mode == "json" ? product.InferUrl.ToString() : announced.RootElement.GetProperty("grpcUrl").GetString()!;
        var environment = new Dictionary<string, string> { ["BODY"] = Path.Combine(folder, "body-v2.json"), ["AUTH"] = $"Bearer {product.ApiKey}" };
        var output = await Executables.Output("dotnet", [typeof(GrpcBenchmark).Assembly.Location, "load-protocol", mode, url, $"{concurrency}", $"{seconds}"], environment, cancellation);
        var (figures, answer) = (Figures().Match(output), Answer().Match(output));
        var values = answer.Success ? answer.Groups[1].Value.Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture)).ToArray() : [];
        if (!figures.Success || values.Length != expected.Length || values.Zip(expected).Any(pair => Math.Abs(pair.First - pair.Second) > Tolerance))
        {
            throw new InvalidOperationException($"{mode} gave no figures or a wrong answer: {output}");
        }

        return new(Number(1), Number(2), Number(3), 0);

        double Number(int group) => double.Parse(figures.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"RESULT rps=([\d.]+) p50_us=([\d.]+) p99_us=([\d.]+)")]
    private static partial Regex Figures();

    [GeneratedRegex(@"ANSWER (.+)")]
    private static partial Regex Answer();
}
