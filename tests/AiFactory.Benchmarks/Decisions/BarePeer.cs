using System.Text.Json.Serialization;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Benchmarks.Decisions;

/// <summary>
/// What a competent programmer writes in an afternoon, without any of the product's features: ASP.NET Core and ONNX Runtime. Modes: <c>ort</c> one run a
/// request; <c>batch</c> drains what is queued, up to 64, without waiting; <c>echo</c> HTTP and JSON only.
/// </summary>
internal static class BarePeer
{
    private const int RowsMax = 64;

    public static async Task<int> Run(string mode, int port, string modelFile)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, PeerJson.Default));
        var app = builder.Build();
        if (mode == "echo")
        {
            app.MapPost("/predict", (PeerRequest request) => new PeerResponse(request.Input[..10]));
        }
        else
        {
            using var options = new Microsoft.ML.OnnxRuntime.SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            var session = new InferenceSession(modelFile, options);
            app.Lifetime.ApplicationStopped.Register(session.Dispose);
            Func<PeerRequest, Task<PeerResponse>> answer = mode == "batch" ? Batched(session) : request => Task.FromResult(new PeerResponse(Infer(session, request.Input, 1)));
            app.MapPost("/predict", (PeerRequest request) => answer(request));
        }

        await app.RunAsync();
        return 0;
    }

    private static float[] Infer(InferenceSession session, Memory<float> rows, int count)
    {
        using var options = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, rows, [count, rows.Length / count]);
        using var outputs = session.Run(options, ["input"], [input], ["output"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static Func<PeerRequest, Task<PeerResponse>> Batched(InferenceSession session)
    {
        var queue = Channel.CreateUnbounded<(float[] Row, TaskCompletionSource<float[]> Done)>();
        new Thread(() => Drain(session, queue.Reader)) { IsBackground = true }.Start();
        return async request =>
        {
            var done = new TaskCompletionSource<float[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            queue.Writer.TryWrite((request.Input, done));
            return new PeerResponse(await done.Task);
        };
    }

    private static void Drain(InferenceSession session, ChannelReader<(float[] Row, TaskCompletionSource<float[]> Done)> queue)
    {
        var waiting = new TaskCompletionSource<float[]>[RowsMax];
        float[] rows = [];
        while (queue.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            var count = 0;
            while (count < RowsMax && queue.TryRead(out var item))
            {
                rows = rows.Length == 0 ? new float[RowsMax * item.Row.Length] : rows;
                item.Row.CopyTo(rows, count * item.Row.Length);
                waiting[count++] = item.Done;
            }

            if (count > 0)
            {
                var answers = Infer(session, rows.AsMemory(0, count * (rows.Length / RowsMax)), count);
                var width = answers.Length / count;
                for (var i = 0; i < count; i++)
                {
                    waiting[i].SetResult(answers.AsSpan(i * width, width).ToArray());
                }
            }
        }
    }
}

internal sealed record PeerRequest([property: JsonPropertyName("input")] float[] Input);

internal sealed record PeerResponse([property: JsonPropertyName("output")] float[] Output);

[JsonSerializable(typeof(PeerRequest)), JsonSerializable(typeof(PeerResponse))]
internal sealed partial class PeerJson : JsonSerializerContext;
