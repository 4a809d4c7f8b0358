using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving;

/// <summary>
/// All weight flipped between two models with different answers, again and again under load: every request must be answered, each answer must be the one of
/// the variant it claims, and so must be its record.
/// </summary>
internal static class FlipsBenchmark
{
    public const string Usage = "serving flips [FLIPS] [CONNECTIONS]   (1000 flips under 16 connections)";

    private const double Tolerance = 1e-4;
    private const int RecordsChecked = 2000;
    private static readonly string[] Names = ["blue", "green"];
    private static readonly string[] Dimensions = ["16-32-4", "16-64-4"];

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var flips = int.Parse(arguments.ElementAtOrDefault(0) ?? "1000", CultureInfo.InvariantCulture);
        var connections = int.Parse(arguments.ElementAtOrDefault(1) ?? "16", CultureInfo.InvariantCulture);
        var folder = Directory.CreateTempSubdirectory("aifactory-flips-").FullName;
        try
        {
            using var product = await Product.Start(Path.Combine(folder, "data"), cancellation);
            using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections + 4 }) { BaseAddress = product.Url };
            var body = await Deploy(http, folder, cancellation);
            var expected = new Dictionary<string, double[]>();
            foreach (var name in Names)
            {
                await Promote(http, name, cancellation);
                expected[name] = (await Infer(http, body, cancellation)).Output;
            }

            return await Flip(http, body, expected, flips, connections, cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> Flip(HttpClient http, byte[] body, Dictionary<string, double[]> expected, int flips, int connections, CancellationToken cancellation)
    {
        var (answers, failures) = (new ConcurrentQueue<Answer>(), new ConcurrentQueue<string>());
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var load = Enumerable.Range(0, connections).Select(_ => Task.Run(Client, cancellation)).ToArray();
        var propagation = new double[flips];
        for (var flip = 0; flip < flips; flip++)
        {
            var name = Names[(flip + 1) % Names.Length];
            var watch = Stopwatch.StartNew();
            await Promote(http, name, cancellation);
            while ((await Infer(http, body, cancellation)).Variant != name)
            {
                // Not there yet.
            }

            propagation[flip] = watch.Elapsed.TotalMilliseconds;
        }

        await over.CancelAsync();
        await Task.WhenAll(load);
        var wrong = answers.Count(answer => !Same(answer.Output, expected[answer.Variant]));
        var misrecorded = await Misrecorded(http, answers, cancellation);
        Array.Sort(propagation);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{flips} flips under {connections} connections: {answers.Count} answers, {failures.Count} failed, {wrong} of another variant than claimed, {misrecorded.Wrong} of {misrecorded.Checked} records not as claimed"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"from the call to the first answer by the new variant: median {propagation[flips / 2]:0.0} ms, p99 {propagation[(int)(flips * 0.99)]:0.0} ms, longest {propagation[^1]:0.0} ms (limit 1,000); load average {ProcessMeter.LoadAverage()}"));
        foreach (var failure in failures.Take(3))
        {
            Console.Error.WriteLine(failure);
        }

        return failures.IsEmpty && wrong == 0 && misrecorded.Wrong == 0 ? 0 : 1;

        async Task Client()
        {
            while (!over.IsCancellationRequested)
            {
                try
                {
                    answers.Enqueue(await Infer(http, body, cancellation));
                }
                catch (Exception failure) when (failure is HttpRequestException or InvalidOperationException)
                {
                    failures.Enqueue(failure.Message);
                }
            }
        }
    }

    private static async Task<(int Checked, int Wrong)> Misrecorded(HttpClient http, IReadOnlyCollection<Answer> answers, CancellationToken cancellation)
    {
        var (seen, wrong) = (0, 0);
        foreach (var answer in answers.Where((_, i) => i % Math.Max(1, answers.Count / RecordsChecked) == 0))
        {
            var record = JsonSerializer.Deserialize<JsonElement>(await http.GetByteArrayAsync(new Uri($"/v1/decisions/{answer.DecisionId}", UriKind.Relative), cancellation));
            seen++;
            var output = record.GetProperty("outputs").EnumerateObject().Single().Value;
            wrong += record.GetProperty("variant").GetString() == answer.Variant && Same([.. Flat(output)], answer.Output) ? 0 : 1;
        }

        return (seen, wrong);
    }

    private static IEnumerable<double> Flat(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().SelectMany(Flat) : [value.GetDouble()];

    private static bool Same(double[] a, double[] b) => a.Length == b.Length && a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance);

    private static async Task<byte[]> Deploy(HttpClient http, string folder, CancellationToken cancellation)
    {
        for (var i = 0; i < Dimensions.Length; i++)
        {
            var files = Path.Combine(folder, Names[i]);
            Mlp.Parse(Dimensions[i]).WriteTo(files);
            using var model = new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(files, "mlp.onnx"), cancellation));
            model.Headers.ContentType = new("application/octet-stream");
            (await http.PostAsync(new Uri("/v1/models/flips/versions?fileName=mlp.onnx", UriKind.Relative), model, cancellation)).EnsureSuccessStatusCode();
        }

        var variants = Names.Select((name, i) => new { name, model = new { tenant = "default", model = "flips", version = i + 1 }, weight = i == 0 ? 100 : 0 });
        using var spec = new StringContent(JsonSerializer.Serialize(new { variants }), MediaTypeHeaderValue.Parse("application/json"));
        (await http.PutAsync(new Uri("/v1/endpoints/flips", UriKind.Relative), spec, cancellation)).EnsureSuccessStatusCode();
        return await File.ReadAllBytesAsync(Path.Combine(folder, Names[0], "body-v2.json"), cancellation);
    }

    private static async Task Promote(HttpClient http, string name, CancellationToken cancellation)
    {
        using var answer = await http.PostAsync(new Uri($"/v1/endpoints/flips/variants/{name}/promote", UriKind.Relative), null, cancellation);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<Answer> Infer(HttpClient http, byte[] body, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using var response = await http.PostAsync(new Uri("/v2/models/flips/infer", UriKind.Relative), content, cancellation);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{(int)response.StatusCode}: {System.Text.Encoding.UTF8.GetString(bytes)}");
        }

        var json = JsonSerializer.Deserialize<JsonElement>(bytes);
        var parameters = json.GetProperty("parameters");
        return new(parameters.GetProperty("variant").GetString()!, parameters.GetProperty("decision_id").GetString()!, [.. Flat(json.GetProperty("outputs")[0].GetProperty("data"))]);
    }

    private sealed record Answer(string Variant, string DecisionId, double[] Output);
}
