using System.Text.Json;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Endpoints;

public sealed class EndpointSwitchRouteTests
{
    private const string Body = """{"age":1,"spend":0,"customer":"c1"}""";

    [Fact]
    public async Task Decide_StoppedEndpoint_Is503WithReasonAndRetryAfter()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        await host.Publish(Routes.Churn() with { Generation = 9, Suspended = "wrong prices" });

        var answer = await host.Post("/v1/endpoints/churn/decisions", Body);
        Assert.Contains("wrong prices", answer.Problem(503, "endpoint-stopped").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.True(answer.RetryAfter);
        var inferred = await host.Post("/v2/models/churn/infer", """{"inputs":[]}""");
        Assert.Equal(503, inferred.Status);
        Assert.Contains("wrong prices", inferred.Error, StringComparison.Ordinal);
        Assert.Empty(host.Log.Decisions);

        await host.Publish(Routes.Churn() with { Generation = 10 });
        Assert.Equal(200, (await host.Post("/v1/endpoints/churn/decisions", Body)).Status);
    }

    [Fact]
    public async Task Decide_StoppedEndpointWithStaticDefault_AnswersItAndAsksNoModel()
    {
        await using var host = await GatewayHost.Start();
        var fixedStep = new FallbackStep(FallbackKind.Default, Outputs: new Dictionary<string, JsonElement> { ["probability"] = JsonElement.Parse("[0.25]") });
        var route = Routes.Churn() with { Serving = new(Cache: new(), Fallbacks: [new(FallbackKind.Cached), fixedStep]) };
        var other = Routes.Variant("b", new("default", "churn-mlp", 2), 1, 1, Routes.Numeric(), new("probability", "no", "yes"));
        route = route with { Variants = [.. route.Variants, other] };
        await host.Publish(route);
        Assert.Equal("yes", (await host.Post("/v1/endpoints/churn/decisions", Body)).Json.GetProperty("prediction").GetString());
        await host.Publish(route with { Generation = 9, Suspended = "wrong prices" });

        var answer = (await host.Post("/v1/endpoints/churn/decisions", Body)).Json;
        var pinned = await host.Post("/v2/models/churn/versions/b/infer",
            """{"inputs":[{"name":"age","shape":[1,1],"datatype":"FP32","data":[1]},{"name":"spend","shape":[1,1],"datatype":"FP32","data":[0]}]}""");

        Assert.Equal(("default", "a", "no"), (answer.GetProperty("kind").GetString(), answer.GetProperty("assigned").GetString(), answer.GetProperty("prediction").GetString()));
        Assert.Equal((200, 0.25), (pinned.Status, pinned.Json.GetProperty("outputs")[0].GetProperty("data")[0].GetDouble()));
        Assert.Single(host.Worker().Messages);
        Assert.Equal([DecisionKind.Model, DecisionKind.Default, DecisionKind.Default], host.Log.Decisions.Select(decision => decision.Kind));

        await host.Publish(route with { Generation = 10 });
        Assert.False((await host.Post("/v1/endpoints/churn/decisions", Body)).Json.TryGetProperty("assigned", out _));
    }

    [Fact]
    public async Task Switches_OverHttp_ReachTheEndpoint()
    {
        await using var host = await GatewayHost.Start();
        var spec = """{"variants":[{"name":"a","model":{"model":"m","version":1},"weight":100},{"name":"b","model":{"model":"m","version":2},"weight":0}]}""";
        using var content = new StringContent(spec, System.Text.Encoding.UTF8, "application/json");
        Assert.Equal(200, (await host.Send(HttpMethod.Put, "/v1/endpoints/e", content)).Status);

        Assert.Equal("x", (await host.Post("/v1/endpoints/e/stop", """{"reason":"x"}""")).Json.GetProperty("suspended").GetString());
        (await host.Post("/v1/endpoints/e/stop", "{}")).Problem(400, "field-missing");
        Assert.False((await host.Post("/v1/endpoints/e/start", "")).Json.TryGetProperty("suspended", out _));
        Assert.Equal(100, (await host.Post("/v1/endpoints/e/variants/b/promote", "")).Json.GetProperty("spec").GetProperty("variants")[1].GetProperty("weight").GetDouble());
        (await host.Post("/v1/endpoints/e/variants/c/promote", "")).Problem(404, "variant-not-found");
        Assert.Equal(3, (await host.Post("/v1/endpoints/e/rollback?revision=1", "")).Json.GetProperty("revision").GetInt64());
        Assert.Equal(1, (await host.Get("/v1/endpoints/e/history")).Json.GetArrayLength());
        Assert.Equal("e", (await host.Get("/v1/endpoints/e/traffic")).Json.GetProperty("endpoint").GetString());
    }
}
