using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Gateway.Fakes;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Workers;
using AiFactory.Grains.Workers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Gateway.Inference;

/// <summary>Priority, timeout and sequence of a request, and versions named in the path.</summary>
public sealed class RequestTermsTests
{
    private const string Inputs = """[{"name":"age","shape":[1,1],"datatype":"FP32","data":[0.9]},{"name":"spend","shape":[1,1],"datatype":"FP32","data":[1]}]""";

    [Theory]
    [InlineData("""{"priority":1,"timeout":300000000,"unknown":{"a":[1]}}""", RequestPriority.High)]
    [InlineData("""{"priority":3}""", RequestPriority.Low)]
    [InlineData("""{"priority":0}""", RequestPriority.Normal)]
    [InlineData("{}", RequestPriority.Normal)]
    public async Task Infer_Parameters_ReachTheWorker(string parameters, RequestPriority priority)
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn() with { Serving = new(TimeoutMs: 600_000) });
        var seen = new List<MessageTerms>();
        host.Worker().Failure = message =>
        {
            seen.Add(message.Terms);
            return null;
        };

        Assert.Equal(200, (await host.Post("/v2/models/churn/infer", $$"""{"parameters":{{parameters}},"inputs":{{Inputs}}}""")).Status);

        var longest = parameters.Contains("timeout", StringComparison.Ordinal) ? 300_000_000_000 : 600_000_000_000;
        Assert.Equal((priority, 100_000), (seen[0].Priority, seen[0].ObjectiveMicroseconds));
        Assert.InRange(seen[0].BudgetNanoseconds, 0, longest);
    }

    [Fact]
    public async Task Decide_Headers_ReachTheWorker()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn() with { Serving = new(TimeoutMs: 600_000) });
        var seen = new List<MessageTerms>();
        host.Worker().Failure = message =>
        {
            seen.Add(message.Terms);
            return null;
        };

        const string Row = """{"customer":"C","age":0.5,"spend":1}""";
        var answer = await host.Post("/v1/endpoints/churn/decisions", $$"""{"instances":[{{Row}}]}""", headers: [("X-Priority", "3"), ("X-Timeout-Ms", "30000.5")]);

        Assert.Equal(200, answer.Status);
        Assert.Equal(RequestPriority.Low, seen[0].Priority);
        Assert.InRange(seen[0].BudgetNanoseconds, 0, 30_000_500_000);
        (await host.Post("/v1/endpoints/churn/decisions", Row, headers: ("X-Priority", "9"))).Problem(400, "parameter-invalid");
        (await host.Post("/v1/endpoints/churn/decisions", Row, headers: ("X-Timeout-Ms", "soon"))).Problem(400, "parameter-invalid");
    }

    [Theory]
    [InlineData("""{"priority":"high"}""", "parameters.priority")]
    [InlineData("""{"priority":4}""", "parameters.priority")]
    [InlineData("""{"timeout":1.5}""", "parameters.timeout")]
    [InlineData("""{"timeout":-1}""", "parameters.timeout")]
    [InlineData("""{"sequence_id":true}""", "parameters.sequence_id")]
    [InlineData("""{"sequence_id":"a","sequence_start":1}""", "parameters.sequence_start")]
    [InlineData("""{"sequence_end":true}""", "parameters.sequence_id")]
    [InlineData("""{"binary_data_output":"yes"}""", "parameters.binary_data_output")]
    public async Task Infer_BadParameter_IsRefused(string parameters, string where)
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn() with { Serving = new(TimeoutMs: 600_000) });

        var answer = await host.Post("/v2/models/churn/infer", $$"""{"parameters":{{parameters}},"inputs":{{Inputs}}}""");

        Assert.Equal(400, answer.Status);
        Assert.Contains(where, answer.Error, StringComparison.Ordinal);
        Assert.Empty(host.Log.Decisions);
    }

    [Fact]
    public void Apply_EndpointsTerms_HoldWhereTheRequestIsSilent()
    {
        var time = new FakeTimeProvider();
        var rows = PendingInference.Rent();
        var endpoint = Served(Routes.Churn() with { Serving = new(LatencyObjectiveMs: 20, TimeoutMs: 40, Priority: RequestPriority.Low) });

        new RequestTerms().Apply(rows, endpoint, 1000, time);

        Assert.Equal((RequestPriority.Low, 20_000, 1000 + (time.TimestampFrequency / 25)), (rows.Priority, rows.ObjectiveMicroseconds, rows.DeadlineAt));
        rows.Return();
    }

    [Fact]
    public void Apply_Sequence_IsTold()
    {
        var rows = PendingInference.Rent();
        var terms = new RequestTerms()
            .With(RequestParameter.SequenceId, new(7, null, null)).With(RequestParameter.SequenceStart, new(null, true, null)).With(RequestParameter.Timeout, new(1_000_000, null, null));

        terms.Apply(rows, Served(Routes.Churn()), 0, new FakeTimeProvider());

        Assert.Equal(("7", true, false, new FakeTimeProvider().TimestampFrequency), (rows.SequenceId, rows.SequenceStart, rows.SequenceEnd, rows.DeadlineAt));
        rows.Return();
        Assert.Equal(("", false), (rows.SequenceId, rows.SequenceStart));
    }

    [Fact]
    public void Of_Headers_AreRead()
    {
        var headers = new HeaderDictionary { ["X-Priority"] = "1", ["X-Timeout-Ms"] = "0.25" };

        Assert.Equal(new RequestTerms(RequestPriority.High, 250), RequestTerms.Of(headers));
    }

    [Theory]
    [InlineData("b", "b")]
    [InlineData("other@7", "b")]
    [InlineData("m@1", "a")]
    [InlineData("1", "a")]
    [InlineData("7", "b")]
    public async Task InferVersion_ByNameModelOrNumber_PinsTheVariant(string version, string variant)
    {
        await using var host = await Pair();

        var answer = await host.Post($"/v2/models/churn/versions/{version}/infer", $$"""{"parameters":{"key":"C1"},"inputs":{{Inputs}}}""");

        var record = host.Log.Decisions[0];
        Assert.Equal((variant, variant, DecisionKind.Pinned), (answer.Json.GetProperty("parameters").GetProperty("variant").GetString(), record.Variant, record.Kind));
        Assert.Equal(variant == "a" ? "" : "a", record.Assigned);
        Assert.Equal(200, (await host.Get($"/v2/models/churn/versions/{version}")).Status);
        Assert.Equal("""{"name":"churn","ready":true}""", (await host.Get($"/v2/models/churn/versions/{version}/ready")).Text);
    }

    [Fact]
    public async Task InferVersion_Unknown_Is404NamingThose()
    {
        await using var host = await Pair();

        foreach (var answer in new[] { await host.Post("/v2/models/churn/versions/9/infer", $$"""{"inputs":{{Inputs}}}"""), await host.Get("/v2/models/churn/versions/9"), await host.Get("/v2/models/churn/versions/9/ready") })
        {
            Assert.Equal(404, answer.Status);
            Assert.Contains("a (m@1), b (other@7)", answer.Error, StringComparison.Ordinal);
        }
    }

    private static async Task<GatewayHost> Pair()
    {
        var host = await GatewayHost.Start();
        await host.Publish(Routes.Endpoint("churn", null, Routes.Variant("a", new("default", "m", 1), 0, 1, Routes.Numeric()), Routes.Variant("b", new("default", "other", 7), 1, 1, Routes.Numeric())));
        return host;
    }

    private static ServedEndpoint Served(EndpointRoute route)
    {
        var time = new FakeTimeProvider();
        var shield = EndpointShield.Next(route, null, time);
        return new(route, [new(route, route.Variants[0], new(route.Variants[0].Signature.Inputs, null), []) { Shield = shield.Of(route.Variants[0]) }], time) { Shield = shield };
    }
}
