using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Startup;

/// <summary>
/// Seconds from starting the process to its first answered request, and to its first decision, on a folder with a deployed endpoint; beside a bare ASP.NET
/// Core application that loads the same model, started in turn.
/// </summary>
internal static class StartupBenchmark
{
    private const int Rounds = 5;
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(60);

    public static async Task<int> Run(CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("aifactory-startup-").FullName;
        try
        {
            Mlp.Parse("64-256-256-10").WriteTo(folder);
            var data = Path.Combine(folder, "factory");
            using (var product = await Product.Start(data, cancellation))
            {
                await product.Deploy(Path.Combine(folder, "mlp.onnx"), cancellation);
            }

            var (live, decision, bare) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round < Rounds; round++)
            {
                var port = FreePort.Find();
                live.Add(await Seconds(() => Executables.StartFactory(data, port), new($"http://127.0.0.1:{port}/health/live"), null, cancellation));
                decision.Add(await Seconds(() => Executables.StartFactory(data, port), new($"http://127.0.0.1:{port}/v2/models/{Product.Endpoint}/infer"),
                    Path.Combine(folder, "body-v2.json"), cancellation));
                bare.Add(await Seconds(() => Executables.StartSelf("serve-peer", "ort", $"{port}", Path.Combine(folder, "mlp.onnx")),
                    new($"http://127.0.0.1:{port}/predict"), Path.Combine(folder, "body.json"), cancellation));
            }

            Print("first answered request", live, bare);
            Print("first decision", decision, bare);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bare ASP.NET Core, first prediction: {Medians.Of(bare):F2} s; load average {ProcessMeter.LoadAverage()}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    private static void Print(string name, List<double> seconds, List<double> bare) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{name}: {Medians.Of(seconds):F2} s (of {Rounds}: {seconds.Min():F2} to {seconds.Max():F2}), x{Medians.Of(seconds) / Medians.Of(bare):F2} of bare ASP.NET Core"));

    private static async Task<double> Seconds(Func<Process> start, Uri url, string? bodyFile, CancellationToken cancellation)
    {
        var body = bodyFile is null ? null : await File.ReadAllBytesAsync(bodyFile, cancellation);
        using var client = new HttpClient();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        var watch = Stopwatch.StartNew();
        using var process = start();
        try
        {
            while (!await Answers(client, url, body, cancellation))
            {
                if (watch.Elapsed > AnswerMax || process.HasExited)
                {
                    throw new TimeoutException($"{url} did not answer within {AnswerMax.TotalSeconds} s.");
                }

                await timer.WaitForNextTickAsync(cancellation);
            }

            return watch.Elapsed.TotalSeconds;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<bool> Answers(HttpClient client, Uri url, byte[]? body, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, url);
            if (body is not null)
            {
                request.Content = new ByteArrayContent(body);
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
            }

            using var response = await client.SendAsync(request, cancellation);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
