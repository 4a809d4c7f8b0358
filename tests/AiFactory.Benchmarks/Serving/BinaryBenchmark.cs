using System.Buffers.Binary;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AiFactory.Benchmarks.Decisions;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving;

/// <summary>Rate and latency of inference with binary tensors, as a ratio to the same requests in JSON, on one factory in paired rounds.</summary>
internal static class BinaryBenchmark
{
    public const string Usage = "serving binary [DIMS] [ROUNDS] [SECONDS]   (4096-16-10, 7 rounds of 3 s at 32 and 128 connections)";

    private const double Tolerance = 1e-4;
    private const double Wanted = 2;
    private static readonly int[] Connections = [32, 128];

    // Each decision's record holds its 16 KB of features: a run writes over 16 GiB.
    private static readonly Dictionary<string, string> LargeLog = new() { ["AIFACTORY__DECISIONLOGBYTESMAX"] = $"{64L << 30}" };

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var dimensions = arguments.ElementAtOrDefault(0) ?? "4096-16-10";
        var rounds = int.Parse(arguments.ElementAtOrDefault(1) ?? "7", CultureInfo.InvariantCulture);
        var seconds = int.Parse(arguments.ElementAtOrDefault(2) ?? "3", CultureInfo.InvariantCulture);
        var folder = Directory.CreateTempSubdirectory("aifactory-binary-").FullName;
        try
        {
            var model = Mlp.Parse(dimensions);
            model.WriteTo(folder);
            using var product = await Product.Start(Path.Combine(folder, "data"), cancellation, LargeLog);
            await product.Deploy(Path.Combine(folder, "mlp.onnx"), cancellation);
            var head = WriteBinary(folder);
            var key = $"Bearer {product.ApiKey}";
            var json = new Competitor("json", product.InferUrl, Path.Combine(folder, "body-v2.json"), key, product.Process, Borrowed: true);
            var binary = new Competitor("binary", product.InferUrl, Path.Combine(folder, "body.bin"), key, product.Process, Borrowed: true, $"Inference-Header-Content-Length: {head}");
            if ((await json.Check(model.Answer(), cancellation) ?? await Check(binary, head, model.Answer(), cancellation)) is { } wrong)
            {
                Console.Error.WriteLine(wrong);
                return 1;
            }

            Console.WriteLine($"inference on {dimensions}, load by {Load.Tool}; JSON {new FileInfo(json.BodyFile).Length:N0} bytes a request, binary {new FileInfo(binary.BodyFile).Length:N0}");
            var reached = true;
            foreach (var connections in Connections)
            {
                reached &= await Compare(new Load(folder), json, binary, connections, rounds, seconds, cancellation) >= Wanted;
            }

            Console.WriteLine(reached ? $"at least {Wanted} times the JSON rate: yes" : $"at least {Wanted} times the JSON rate: no");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> Compare(Load load, Competitor json, Competitor binary, int connections, int rounds, int seconds, CancellationToken cancellation)
    {
        var pairs = new List<(LoadResult Json, LoadResult Binary)>();
        var cpu = new List<(double Json, double Binary)>();
        await load.Run(json, connections, 1, cancellation);
        await load.Run(binary, connections, 1, cancellation);
        for (var round = 0; round < rounds; round++)
        {
            // Whoever goes first changes from round to round.
            var (first, firstUs) = await Metered(round % 2 == 0 ? json : binary);
            var (second, secondUs) = await Metered(round % 2 == 0 ? binary : json);
            pairs.Add(round % 2 == 0 ? (first, second) : (second, first));
            cpu.Add(round % 2 == 0 ? (firstUs, secondUs) : (secondUs, firstUs));
        }

        var errors = pairs.Sum(pair => pair.Json.Errors + pair.Binary.Errors);
        var ratio = Medians.Of(pairs.Select(pair => pair.Binary.PerSecond / pair.Json.PerSecond));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{connections,4} connections: json {Medians.Of(pairs.Select(pair => pair.Json.PerSecond)),8:F0}/s p50 {Medians.Of(pairs.Select(pair => pair.Json.P50Us)),6:F0} us p99 {Medians.Of(pairs.Select(pair => pair.Json.P99Us)),6:F0} us | binary {Medians.Of(pairs.Select(pair => pair.Binary.PerSecond)),8:F0}/s p50 {Medians.Of(pairs.Select(pair => pair.Binary.P50Us)),6:F0} us p99 {Medians.Of(pairs.Select(pair => pair.Binary.P99Us)),6:F0} us | ratio {ratio:F2} ({pairs.Min(pair => pair.Binary.PerSecond / pair.Json.PerSecond):F2} to {pairs.Max(pair => pair.Binary.PerSecond / pair.Json.PerSecond):F2}), errors {errors}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"     processor time of the server: json {Medians.Of(cpu.Select(pair => pair.Json)):F0} us a request, binary {Medians.Of(cpu.Select(pair => pair.Binary)):F0} us | ratio {Medians.Of(cpu.Select(pair => pair.Json / pair.Binary)):F2}; load average {ProcessMeter.LoadAverage()}"));
        return errors == 0 ? ratio : 0;

        async Task<(LoadResult Result, double CpuUs)> Metered(Competitor target)
        {
            var before = ProcessMeter.CpuSeconds(target.Process);
            var result = await load.Run(target, connections, seconds, cancellation);
            return (result, (ProcessMeter.CpuSeconds(target.Process) - before) * 1e6 / Math.Max(1, result.PerSecond * seconds));
        }
    }

    /// <summary>The request of <c>body-v2.json</c> with its tensor as bytes, asking for bytes; gives the length of its JSON.</summary>
    private static int WriteBinary(string folder)
    {
        var request = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(folder, "body-v2.json")));
        var values = request.GetProperty("inputs")[0].GetProperty("data").EnumerateArray().Select(value => value.GetSingle()).ToArray();
        var json = JsonSerializer.SerializeToUtf8Bytes(new
        {
            parameters = new { binary_data_output = true },
            inputs = new[] { new { name = "input", shape = new[] { 1, values.Length }, datatype = "FP32", parameters = new { binary_data_size = values.Length * sizeof(float) } } },
        });
        File.WriteAllBytes(Path.Combine(folder, "body.bin"), [.. json, .. MemoryMarshal.AsBytes<float>(values)]);
        return json.Length;
    }

    private static async Task<string?> Check(Competitor binary, int head, double[] expected, CancellationToken cancellation)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, binary.Url)
        {
            Content = new ByteArrayContent(await File.ReadAllBytesAsync(binary.BodyFile, cancellation)) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } },
        };
        request.Headers.Add("Authorization", binary.Authorization);
        request.Headers.Add("Inference-Header-Content-Length", $"{head}");
        using var response = await client.SendAsync(request, cancellation);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellation);
        if (!response.Headers.TryGetValues("Inference-Header-Content-Length", out var length))
        {
            return Encoding.UTF8.GetString(answer);
        }

        var start = int.Parse(length.Single(), CultureInfo.InvariantCulture);
        var right = answer.Length - start == expected.Length * sizeof(float)
            && Enumerable.Range(0, expected.Length).All(i => Math.Abs(BinaryPrimitives.ReadSingleLittleEndian(answer.AsSpan(start + (i * sizeof(float)))) - expected[i]) < Tolerance);
        return right ? null : "wrong binary answer";
    }
}
