using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using AiFactory.Gateway.Fakes;
using AiFactory.Gateway.Inference;
using AiFactory.Gateway.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway.Decisions;

/// <summary>Tests that measure the whole process, so that no other may run meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredAlone
{
    public const string Name = "measured alone";
}

/// <summary>What a decision allocates in the gateway, beside what the web server does for any request.</summary>
[Collection(MeasuredAlone.Name)]
public sealed class HotPathAllocationTests(ITestOutputHelper output)
{
    private const int Requests = 20_000;
    private const int Lanes = 32;

    [Fact]
    public async Task Decide_SteadyState_AllocatesLittle()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        var edge = host.Services.GetRequiredService<Edge>();
        var decide = edge.Guard(host.Services.GetRequiredService<DecisionHandler>().Decide, ProblemWriter.WriteProblem);

        var bytes = await Measure(decide, host, """{"customer":"C0042","age":41.5,"spend":120.25}""");

        output.WriteLine($"named decision: {bytes:F0} bytes a request");
        Assert.InRange(bytes, 0, 2500);
    }

    [Fact]
    public async Task Infer_SteadyState_AllocatesLittle()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        var edge = host.Services.GetRequiredService<Edge>();
        var infer = edge.Guard(host.Services.GetRequiredService<InferHandler>().Infer, ProblemWriter.WriteInferenceError);

        var bytes = await Measure(infer, host,
            """{"parameters":{"key":"C0042"},"inputs":[{"name":"age","shape":[1,1],"datatype":"FP32","data":[41.5]},{"name":"spend","shape":[1,1],"datatype":"FP32","data":[120.25]}]}""");

        output.WriteLine($"inference: {bytes:F0} bytes a request");
        Assert.InRange(bytes, 0, 2500);
    }

    private static async Task<double> Measure(RequestDelegate handler, GatewayHost host, string json)
    {
        host.Log.Keep = false;
        var body = Encoding.UTF8.GetBytes(json);
        var warm = await Run(handler, body);
        Assert.True(warm >= 0);
        var plain = await Run(static async context =>
        {
            var read = await context.Request.BodyReader.ReadAsync();
            context.Request.BodyReader.AdvanceTo(read.Buffer.End);
            context.Response.ContentLength = 2;
            await context.Response.BodyWriter.WriteAsync("{}"u8.ToArray());
        }, body);
        return ((double)await Run(handler, body) - plain) / Requests;
    }

    private static async Task<long> Run(RequestDelegate handler, byte[] body)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < Requests / Lanes; i++)
            {
                await handler(Context(body));
            }
        })));
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    private static DefaultHttpContext Context(byte[] body)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IRequestBodyPipeFeature>(new Body(PipeReader.Create(new ReadOnlySequence<byte>(body))));
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        context.Request.Path = "/v2/models/churn/infer";
        context.Request.ContentType = "application/json";
        context.Request.ContentLength = body.Length;
        return context;
    }

    private sealed record Body(PipeReader Reader) : IRequestBodyPipeFeature;
}
