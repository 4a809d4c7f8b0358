using System.Text;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Protection;

public sealed class TenantLimitRouteTests
{
    private const string Path = "/v1/endpoints/churn/decisions";
    private const string Body = """{"age":1,"spend":0,"customer":"c1"}""";

    [Fact]
    public async Task Decide_OverTheRate_Is429ForBothProtocolsAndNotForControl()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        Assert.Equal(200, (await Limit(host, """{"requestsPerSecond":0.001,"burst":2}""")).Status);

        Assert.Equal((200, 200), ((await host.Post(Path, Body)).Status, (await host.Post(Path, Body)).Status));
        var refused = await host.Post(Path, Body);
        var inference = await host.Post("/v2/models/churn/infer", "{}");

        refused.Problem(429, "rate-limited");
        Assert.True(refused.RetryAfter);
        Assert.Equal(429, inference.Status);
        Assert.Contains("0.001 requests a second", inference.Error, StringComparison.Ordinal);
        Assert.Equal(200, (await host.Get("/v1/tenant/limits")).Status);
        Assert.Equal(2, host.Log.Decisions.Count);
    }

    [Fact]
    public async Task Decide_OverTheRate_IsCountedForTheEndpointWhereThereIsOne()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        await Limit(host, """{"requestsPerSecond":0.001,"burst":1}""");
        Assert.Equal(200, (await host.Post(Path, Body)).Status);
        using var errors = new CountedErrors(host.Services);

        Assert.Equal(429, (await host.Post(Path, Body)).Status);
        Assert.Equal(429, (await host.Post("/v2/models/churn/infer", "{}")).Status);
        Assert.Equal(429, (await host.Post("/v1/endpoints/made-up/decisions", Body)).Status);

        Assert.Equal([("rate-limited", "churn"), ("rate-limited", "churn"), ("rate-limited", "")], errors.All);
    }

    [Fact]
    public async Task Decide_OverTheConcurrency_Is429UntilOneIsAnswered()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        await Limit(host, """{"concurrency":1}""");
        var worker = host.Worker();
        worker.Hold();
        var first = host.Post(Path, Body);

        while (worker.Messages.Count == 0)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        var second = await host.Post("/v2/models/churn/infer", "{}");
        worker.Release(1);

        Assert.Equal(429, second.Status);
        Assert.Equal(200, (await first).Status);
        worker.Release(1);
        Assert.Equal(200, (await host.Post(Path, Body)).Status);
    }

    [Theory]
    [InlineData("""{"requestPerSecond":5}""", "field-unknown", "requestPerSecond")]
    [InlineData("""{"requestsPerSecond":"many"}""", "json-malformed", "$.requestsPerSecond")]
    public async Task Limits_MisspeltOrOfTheWrongKind_AreRefusedAndKept(string body, string code, string named)
    {
        await using var host = await GatewayHost.Start();
        await Limit(host, """{"concurrency":9}""");

        var refused = await Limit(host, body);

        refused.Problem(400, code);
        Assert.Contains(named, refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("AiFactory", refused.Text, StringComparison.Ordinal);
        Assert.Equal(9, (await host.Get("/v1/tenant/limits")).Json.GetProperty("concurrency").GetInt32());
    }

    [Fact]
    public async Task Limits_SetAndTakenAway_AreShownAndBadOnesRefused()
    {
        await using var host = await GatewayHost.Start();
        await Limit(host, """{"requestsPerSecond":5,"burst":7,"concurrency":9}""");
        var shown = (await host.Get("/v1/tenant/limits")).Json;

        Assert.Equal((5.0, 7, 9), (shown.GetProperty("requestsPerSecond").GetDouble(), shown.GetProperty("burst").GetInt32(), shown.GetProperty("concurrency").GetInt32()));
        (await Limit(host, """{"requestsPerSecond":-5}""")).Problem(422, "tenant-limits-invalid");
        await Limit(host, "{}");
        Assert.Equal("{}", (await host.Get("/v1/tenant/limits")).Text);
    }

    private static Task<Answer> Limit(GatewayHost host, string limits) =>
        host.Send(HttpMethod.Put, "/v1/tenant/limits", new StringContent(limits, Encoding.UTF8, "application/json"));
}
