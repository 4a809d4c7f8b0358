using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using AiFactory.Gateway.Grpc.Protocol;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace AiFactory.Benchmarks.Serving;

/// <summary>
/// The load of a .NET client, in a process of its own: the same request over REST as JSON (<c>json</c>), over gRPC a call at a time (<c>unary</c>) or on streams
/// (<c>stream</c>), so many at a time, each awaited before the next.
/// </summary>
internal static class ProtocolLoad
{
    private static readonly string Authorization = Environment.GetEnvironmentVariable("AUTH") ?? "";

    /// <summary>Env <c>BODY</c> names the request as JSON, <c>AUTH</c> the authorization. Prints one line of figures, and the first answer.</summary>
    public static async Task<int> Run(string mode, Uri url, int concurrency, double seconds)
    {
        var body = await File.ReadAllBytesAsync(Environment.GetEnvironmentVariable("BODY") ?? throw new InvalidOperationException("Set BODY to the file to send."));
        using var channel = GrpcChannel.ForAddress(new Uri(url, "/"), new() { HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true } });
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = concurrency });
        var client = new GRPCInferenceService.GRPCInferenceServiceClient(channel);
        var request = Request(body);
        float[] answer = [];
        var watch = Stopwatch.StartNew();
        var results = await Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(Caller)));
        var elapsed = watch.Elapsed.TotalSeconds;
        var latencies = results.SelectMany(result => result).Order().ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ANSWER {string.Join(' ', answer)}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"RESULT rps={latencies.Length / elapsed:F1} p50_us={At(0.5):F0} p99_us={At(0.99):F0} errors=0"));
        return 0;

        double At(double quantile) => latencies[(int)(quantile * (latencies.Length - 1))];

        async Task<List<double>> Caller()
        {
            var own = new List<double>();
            using var stream = mode == "stream" ? client.ModelStreamInfer(Headers()) : null;
            do
            {
                var start = Stopwatch.GetTimestamp();
                answer = await Ask(stream);
                own.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
            while (watch.Elapsed.TotalSeconds < seconds);

            await (stream?.RequestStream.CompleteAsync() ?? Task.CompletedTask);
            return own;
        }

        async Task<float[]> Ask(AsyncDuplexStreamingCall<ModelInferRequest, ModelStreamInferResponse>? stream)
        {
            switch (mode)
            {
                case "json":
                    using (var message = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } } })
                    {
                        message.Headers.TryAddWithoutValidation("Authorization", Authorization);
                        using var response = (await http.SendAsync(message)).EnsureSuccessStatusCode();
                        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
                        return [.. json.RootElement.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(value => value.GetSingle())];
                    }

                case "unary":
                    return Floats(await client.ModelInferAsync(request, Headers()));
                default:
                    await stream!.RequestStream.WriteAsync(request);
                    return await stream.ResponseStream.MoveNext(default) && stream.ResponseStream.Current is { ErrorMessage: "" } reply
                        ? Floats(reply.InferResponse)
                        : throw new InvalidOperationException($"The stream answered {stream.ResponseStream.Current?.ErrorMessage}.");
            }
        }
    }

    private static Metadata Headers() => new() { { "authorization", Authorization } };

    private static float[] Floats(ModelInferResponse reply) => MemoryMarshal.Cast<byte, float>(reply.RawOutputContents[0].Span).ToArray();

    private static ModelInferRequest Request(byte[] body)
    {
        var input = JsonSerializer.Deserialize<JsonElement>(body).GetProperty("inputs")[0];
        float[] values = [.. input.GetProperty("data").EnumerateArray().Select(value => value.GetSingle())];
        return new()
        {
            ModelName = Processes.Product.Endpoint,
            Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "input", Datatype = "FP32", Shape = { 1, values.Length } } },
            RawInputContents = { ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())) },
        };
    }
}
