using System.Text.Json;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Models;
using AiFactory.Domain.Shadows;
using AiFactory.Gateway.Fakes;
using AiFactory.Gateway.Grpc;
using AiFactory.Grains.Endpoints;
using Google.Protobuf;
using static AiFactory.Gateway.Grpc.Protocol.ModelInferRequest.Types;

namespace AiFactory.Gateway.Shadows;

public sealed class ShadowTests
{
    private const string Path = "/v1/endpoints/churn/decisions";
    private const string Body = """{"age":1,"spend":0,"customer":"c1"}""";
    private const string Primary = "silo-1/cpu-0";
    private const string Shadow = "silo-1/cpu-1";

    [Fact]
    public async Task Decide_Shadowed_TheShadowsAnswerIsRecordedComparedAndGivenToNobody()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(100));
        Answers(host.Worker(Shadow), 0.25f);

        var answer = await host.Post(Path, Body);
        var compared = await Figures(host, figures => figures.Rows == 1);

        Assert.Equal(("yes", 1.0, "a"), (answer.Json.GetProperty("prediction").GetString(), answer.Json.GetProperty("score").GetDouble(), answer.Json.GetProperty("variant").GetString()));
        var (given, shadow) = (host.Log.Decisions[0], host.Log.Decisions[1]);
        Assert.Equal((DecisionKind.Model, "a", -1L), (given.Kind, given.Variant, given.Original));
        Assert.Equal((DecisionKind.Shadow, "next", "a", 0L, "no", Shadow), (shadow.Kind, shadow.Variant, shadow.Assigned, shadow.Original, shadow.Predicted, shadow.Worker));
        Assert.Equal((given.RequestId, given.Unit, given.Bucket, 2, 500L), (shadow.RequestId, shadow.Unit, shadow.Bucket, shadow.ModelVersion, (long)shadow.Cost.Value));
        Assert.Equal(given.Features.ToArray(), shadow.Features.ToArray());
        Assert.Equal((1L, 0L, 0L, 0L, 0L, 1L, 0.75, 0.75), (compared.Mirrored, compared.Dropped, compared.Errors, compared.RowsAgreed, compared.RowsIdentical, compared.Numbers, compared.DifferenceSum, compared.DifferenceMax));
        Assert.True(compared.LatencySum > 0 && compared.PrimaryLatencySum > 0);
        Assert.Equal(RequestPriority.Low, Assert.Single(host.Worker(Shadow).Terms).Priority);
        Assert.Equal(RequestPriority.Normal, Assert.Single(host.Worker(Primary).Terms).Priority);
        Assert.Equal(AgreementMeasure.Label, Told(host).Last().Measure);
    }

    [Fact]
    public async Task Decide_ShadowHangs_AnswersGoOnAndWhatIsTooMuchIsDropped()
    {
        await using var host = await GatewayHost.Start(options => options.ShadowRequestsMax = 2);
        await host.Publish(Route(100));
        host.Worker(Shadow).Hold();

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(200, (await host.Post(Path, Body)).Status);
        }

        await Figures(host, figures => figures.Dropped == 3);
        host.Worker(Shadow).Release(2);
        var ended = await Figures(host, figures => figures.Mirrored == 2);

        Assert.Equal((3L, 0L), (ended.Dropped, ended.Errors));
        Assert.Equal(5, host.Log.Decisions.Count(decision => decision.Kind == DecisionKind.Model));
        Assert.Equal(2, host.Log.Decisions.Count(decision => decision.Kind == DecisionKind.Shadow));
    }

    [Fact]
    public async Task Decide_ShadowFails_ItsErrorsAreItsOwn()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(100) with { Serving = new(Breaker: new(0.01, 1, 60, 3600)) });
        host.Worker(Shadow).Failure = _ => new InvalidOperationException("broken");

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(200, (await host.Post(Path, Body)).Status);
        }

        var figures = await Figures(host, sum => sum.Errors == 3);
        var traffic = Traffic(host);
        await traffic.Until(reports => reports.Sum(report => report.Variants.Sum(variant => variant.Requests)) == 3);

        Assert.Equal((3L, 0L), (figures.Mirrored, figures.Rows));
        Assert.All(traffic.Reports.SelectMany(report => report.Variants), variant => Assert.Equal(("a", 0L, BreakerPhase.Quiet), (variant.Variant, variant.Errors, variant.Breaker)));
        Assert.All(host.Log.Decisions, decision => Assert.Equal(DecisionKind.Model, decision.Kind));
        Assert.Equal(200, (await host.Post(Path, Body)).Status);
    }

    [Fact]
    public async Task Infer_SampledShare_IsTheSameRequestsWheneverTheyCome()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(50));
        string[] ids = [.. Enumerable.Range(0, 40).Select(i => $"r{i}")];
        string[] sampled = [.. ids.Where(id => Assignment.Bucket("salt/shadow/next", id) < 5000)];

        foreach (var id in ids)
        {
            Assert.Equal(200, (await host.Post("/v2/models/churn/infer", Infer(id))).Status);
        }

        await Figures(host, figures => figures.Mirrored == sampled.Length);

        Assert.InRange(sampled.Length, 1, 39);
        Assert.Equal(sampled.Order(), host.Log.Decisions.Where(decision => decision.Kind == DecisionKind.Shadow).Select(decision => decision.RequestId).Order());
    }

    [Fact]
    public async Task Infer_SeveralRowsAndInstances_AreAllCompared()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(100));

        Assert.Equal(200, (await host.Post("/v2/models/churn/infer", Infer("r"))).Status);
        Assert.Equal(200, (await host.Post(Path, $$"""{"instances":[{{Body}},{{Body}},{{Body}}]}""")).Status);
        var figures = await Figures(host, sum => sum.Mirrored == 4);

        Assert.Equal((5L, 5L, 5L, 0.0), (figures.Rows, figures.RowsAgreed, figures.RowsIdentical, figures.DifferenceMax));
        var records = host.Log.Decisions;
        Assert.All(records.Where(decision => decision.Kind == DecisionKind.Shadow), shadow => Assert.Equal(((DecisionRecord)host.Log.Read(shadow.Original)!).RequestId, shadow.RequestId));
    }

    [Fact]
    public async Task Infer_OverGrpc_IsMirroredToo()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(100));
        using var client = new GrpcClient(host);

        var reply = await client.Infer(new()
        {
            ModelName = "churn",
            Id = "wire",
            Inputs = { new InferInputTensor { Name = "age", Datatype = "FP32", Shape = { 1, 1 } }, new InferInputTensor { Name = "spend", Datatype = "FP32", Shape = { 1, 1 } } },
            RawInputContents = { ByteString.CopyFrom(BitConverter.GetBytes(0.5f)), ByteString.CopyFrom(BitConverter.GetBytes(2f)) },
        });
        await Figures(host, figures => figures.RowsIdentical == 1);

        Assert.Equal("a", reply.Parameters["variant"].StringParam);
        Assert.Equal((DecisionKind.Shadow, "wire"), (host.Log.Decisions[1].Kind, host.Log.Decisions[1].RequestId));
    }

    [Fact]
    public async Task Decide_FixedOutputsAndNamedVariants_AreShownToNoShadow()
    {
        await using var host = await GatewayHost.Start();
        var route = Route(100);
        var other = Routes.Variant("b", new("default", "churn-mlp", 3), 1, 1, Routes.Numeric(), new("probability", "no", "yes"), Primary);
        var fixedStep = new FallbackStep(FallbackKind.Default, Outputs: new Dictionary<string, JsonElement> { ["probability"] = JsonElement.Parse("[0.25]") });
        await host.Publish(route with { Variants = [.. route.Variants, other], Serving = new(Fallbacks: [fixedStep]) });

        Assert.Equal(200, (await host.Post("/v2/models/churn/versions/b/infer", Infer("pinned"))).Status);
        host.Worker(Primary).Failure = _ => new InvalidOperationException("broken");
        Assert.Equal("default", (await host.Post(Path, Body)).Json.GetProperty("kind").GetString());
        host.Worker(Primary).Failure = null;
        Assert.Equal(200, (await host.Post(Path, Body)).Status);
        await Figures(host, figures => figures.Mirrored == 1);

        Assert.Equal([DecisionKind.Pinned, DecisionKind.Default, DecisionKind.Model, DecisionKind.Shadow], host.Log.Decisions.Select(decision => decision.Kind));
    }

    [Fact]
    public async Task Explain_ShadowAndOriginal_NameEachOther()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(100));
        await host.Post(Path, Body);
        await Figures(host, figures => figures.Mirrored == 1);

        var original = (await host.Get("/v1/decisions/silo-1-00000000000000")).Json;
        var shadow = (await host.Get("/v1/decisions/silo-1-00000000000040")).Json;

        Assert.Equal("silo-1-00000000000040", original.GetProperty("shadows")[0].GetString());
        Assert.Equal("silo-1-00000000000000", shadow.GetProperty("mirrors").GetString());
        Assert.False(shadow.TryGetProperty("shadows", out _));
        Assert.Contains("variant a holds 0-9999; shadow next was shown the request of decision silo-1-00000000000000, and nobody was answered", shadow.GetProperty("variantReason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shadows_RouteChangesWithinTheRevision_FiguresGoOn()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(100));
        await host.Post(Path, Body);
        await host.Publish(Route(100) with { Generation = 9 });
        await host.Post(Path, Body);

        Assert.Equal(2, (await Figures(host, figures => figures.Mirrored == 2)).Rows);
        Assert.All(Told(host), told => Assert.Equal(("next", "a", 3L), (told.Shadow, told.Variant, told.Revision)));
    }

    [Fact]
    public async Task Shadows_OverHttp_AreDeployedAndReported()
    {
        await using var host = await GatewayHost.Start();
        using var content = new StringContent("""{"variants":[{"name":"a","model":{"model":"m","version":1},"weight":100}],"shadows":[{"name":"next","model":{"model":"m","version":2},"percent":10}]}""",
            System.Text.Encoding.UTF8, "application/json");
        Assert.Equal(200, (await host.Send(HttpMethod.Put, "/v1/endpoints/e", content)).Status);
        await host.Grains.GetGrain<IEndpointShadowGrain>("default/e").Observe(new("g", 1, 1, [], "", [new("next", "a", 1, AgreementMeasure.Difference, ShadowFigures.None with { Mirrored = 4, Errors = 1, Rows = 3, RowsIdentical = 1 })]));

        var shadow = (await host.Get("/v1/endpoints/e/shadows")).Json.GetProperty("shadows")[0];

        Assert.Equal(("next", 10.0), (shadow.GetProperty("name").GetString(), shadow.GetProperty("percent").GetDouble()));
        Assert.Equal((0.25, 4), (shadow.GetProperty("compared")[0].GetProperty("errorShare").GetDouble(), shadow.GetProperty("compared")[0].GetProperty("figures").GetProperty("mirrored").GetInt32()));
        (await host.Get("/v1/endpoints/none/shadows")).Problem(404, "endpoint-not-found");
        using var nameless = new StringContent("""{"variants":[{"name":"a","model":{"model":"m","version":1},"weight":100}],"shadows":[{"model":{"model":"m","version":2}}]}""",
            System.Text.Encoding.UTF8, "application/json");
        (await host.Send(HttpMethod.Put, "/v1/endpoints/e", nameless)).Problem(400, "field-missing");
    }

    private static EndpointRoute Route(double percent)
    {
        var route = Routes.Churn("customer", Primary);
        var shadow = Routes.Variant("next", new("default", "churn-mlp", 2), 0, 0, Routes.Numeric(), new BinaryClasses("probability", "no", "yes"), Shadow);
        return route with { Shadows = [new ShadowRoute(shadow, percent)] };
    }

    private static string Infer(string id) =>
        $$"""{"id":"{{id}}","inputs":[{"name":"age","shape":[2,1],"datatype":"FP32","data":[1,2]},{"name":"spend","shape":[2,1],"datatype":"FP32","data":[0,0]}]}""";

    private static void Answers(FakeWorker worker, float score) => worker.Row = (_, output) => BitConverter.TryWriteBytes(output.Append(4), score);

    private static FakeTraffic Traffic(GatewayHost host) => (FakeTraffic)host.Grains.GetGrain<IEndpointTrafficGrain>("default/churn");

    private static IEnumerable<ShadowTraffic> Told(GatewayHost host) => Traffic(host).Reports.SelectMany(report => report.Shadows ?? []);

    // Waits until what the gateway told satisfies, and gives the sum of it.
    private static async Task<ShadowFigures> Figures(GatewayHost host, Func<ShadowFigures, bool> satisfied)
    {
        await Traffic(host).Until(_ => satisfied(Sum()));
        return Sum();

        ShadowFigures Sum() => Told(host).Aggregate(ShadowFigures.None, (sum, told) => sum.Add(told.Figures));
    }
}
