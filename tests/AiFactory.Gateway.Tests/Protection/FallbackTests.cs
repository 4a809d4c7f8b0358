using System.Text.Json;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Protection;

public sealed class FallbackTests
{
    private const string Path = "/v1/endpoints/churn/decisions";
    private const string Body = """{"age":1,"spend":0,"customer":"c1"}""";
    private const string Infer = """{"id":"r","inputs":[{"name":"age","shape":[2,1],"datatype":"FP32","data":[1,2]},{"name":"spend","shape":[2,1],"datatype":"FP32","data":[0,0]}]}""";

    private static readonly FallbackStep Fixed = new(FallbackKind.Default, Outputs: new Dictionary<string, JsonElement> { ["probability"] = JsonElement.Parse("[0.25]") });

    [Fact]
    public async Task Decide_AssignedVariantFails_TheOtherAnswersAndBothAreTold()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(FallbackKind.Variant, "b"), Fixed));
        host.Worker("silo-1/cpu-0").Failure = _ => new InvalidOperationException("broken");

        var answer = await host.Post(Path, Body);

        Assert.Equal((200, "fallback", "a", "b"), (answer.Status, Text(answer, "kind"), Text(answer, "assigned"), Text(answer, "variant")));
        var record = Assert.Single(host.Log.Decisions);
        Assert.Equal((DecisionKind.Fallback, "b", "a", "silo-1/cpu-1", 2), (record.Kind, record.Variant, record.Assigned, record.Worker, record.ModelVersion));
        Assert.NotEqual(0, record.Cost.Value);
    }

    [Fact]
    public async Task Decide_AllVariantsFail_FixedOutputsAnswerAtNoCost()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(FallbackKind.Variant, "b"), Fixed));
        Break(host);

        var answer = await host.Post(Path, Body);

        Assert.Equal((200, "default", "a", "", "no"), (answer.Status, Text(answer, "kind"), Text(answer, "assigned"), Text(answer, "variant"), Text(answer, "prediction")));
        Assert.Equal(0.25, answer.Json.GetProperty("score").GetDouble());
        var record = Assert.Single(host.Log.Decisions);
        Assert.Equal((DecisionKind.Default, "", "a", "", 0L, 0L), (record.Kind, record.Variant, record.Assigned, record.Worker, record.DeviceNanoseconds, (long)record.Cost.Value));
        Assert.Equal(-1, record.Original);
    }

    [Fact]
    public async Task Infer_FixedOutputs_AreOneRowForEachAskedAndToldInTheParameters()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(Fixed));
        Break(host);

        var answer = await host.Post("/v2/models/churn/infer", Infer);

        Assert.Equal(200, answer.Status);
        Assert.Equal([0.25, 0.25], answer.Json.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(value => value.GetDouble()));
        Assert.Equal("default", answer.Json.GetProperty("parameters").GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Decide_RequestAtFault_IsRefusedAndNotAnsweredOtherwise()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(FallbackKind.Variant, "b"), Fixed));
        host.Worker("silo-1/cpu-0").Failure = _ => new RefusedException(new("rows-malformed", RefusalKind.Malformed, "No rows."));

        (await host.Post(Path, Body)).Problem(400, "rows-malformed");
        Assert.Empty(host.Worker("silo-1/cpu-1").Messages);
    }

    [Fact]
    public async Task Decide_DeadlinePassed_FixedOutputsAnswer()
    {
        await using var host = await GatewayHost.Start();
        var route = Route(new(FallbackKind.Variant, "b"), Fixed);
        await host.Publish(route with { Serving = route.Serving! with { TimeoutMs = 30 } });
        host.Worker("silo-1/cpu-0").Hold();

        Assert.Equal("default", Text(await host.Post(Path, Body), "kind"));
        Assert.Empty(host.Worker("silo-1/cpu-1").Messages);
        host.Worker("silo-1/cpu-0").Release(1);
    }

    [Fact]
    public async Task Decide_DeadlinePassedAndNoFallback_Is504()
    {
        await using var host = await GatewayHost.Start();
        var route = Route();
        await host.Publish(route with { Serving = new(TimeoutMs: 30) });
        host.Worker("silo-1/cpu-0").Hold();

        var problem = (await host.Post(Path, Body)).Problem(504, "deadline-exceeded");

        Assert.Equal("churn", problem.GetProperty("where").GetString());
        Assert.Contains("--timeout-ms", problem.GetProperty("mend").GetString(), StringComparison.Ordinal);
        Assert.Empty(host.Log.Decisions);
        host.Worker("silo-1/cpu-0").Release(1);
    }

    [Fact]
    public async Task Decide_VariantKeepsFailing_ItsBreakerOpensAndItIsAskedNoMore()
    {
        await using var host = await GatewayHost.Start();
        var route = Route();
        await host.Publish(route with { Serving = new(Breaker: new(0.5, 3, 60, 3600)) });
        var worker = host.Worker("silo-1/cpu-0");
        worker.Failure = _ => new InvalidOperationException("broken");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(500, (await host.Post(Path, Body)).Status);
        }

        var answer = await host.Post(Path, Body);

        answer.Problem(503, "breaker-open");
        Assert.True(answer.RetryAfter);
        Assert.Equal(3, worker.Messages.Count);
        var error = (await host.Post("/v2/models/churn/infer", Infer)).Error;
        Assert.Contains("tried again soon", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decide_RequestsAskForLessTimeThanTheEndpointGives_TheBreakerStaysClosed()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route() with { Serving = new(Breaker: new(0.5, 1, 60, 3600)) });
        var worker = host.Worker("silo-1/cpu-0");
        worker.Hold();
        for (var i = 0; i < 3; i++)
        {
            (await host.Post(Path, Body, headers: ("X-Timeout-Ms", "30"))).Problem(504, "deadline-exceeded");
        }

        worker.Release(10);

        Assert.Equal(200, (await host.Post(Path, Body)).Status);
    }

    [Fact]
    public async Task Decide_RoutesChangeElsewhere_TheBreakerStaysOpen()
    {
        await using var host = await GatewayHost.Start();
        var route = Route() with { Serving = new(Breaker: new(0.5, 1, 60, 3600)) };
        await host.Publish(route);
        host.Worker("silo-1/cpu-0").Failure = _ => new InvalidOperationException("broken");
        Assert.Equal(500, (await host.Post(Path, Body)).Status);

        await host.Publish(route with { Endpoint = "other" });
        await host.Publish(route with { Revision = 4, Serving = new(Breaker: new(0.5, 1, 60, 3600)) });

        (await host.Post(Path, Body)).Problem(503, "breaker-open");
    }

    [Fact]
    public async Task Decide_Hedged_TheReplicaThatAnswersCounts()
    {
        await using var host = await GatewayHost.Start();
        var route = Routes.Churn("customer", "silo-1/cpu-0", "silo-2/cpu-0") with { Serving = new(Hedge: new(AfterMs: 1, FractionMax: 1)) };
        await host.Publish(route);
        var stuck = host.Worker("silo-1/cpu-0");
        stuck.Hold();

        while (stuck.Messages.Count == 0)
        {
            Assert.Equal(200, (await host.Post(Path, Body)).Status);
        }

        Assert.NotEmpty(host.Log.Decisions);
        Assert.All(host.Log.Decisions, decision => Assert.Equal(("silo-2/cpu-0", DecisionKind.Model), (decision.Worker, decision.Kind)));
        stuck.Release(stuck.Messages.Count);
    }

    private static EndpointRoute Route(params FallbackStep[] fallbacks) => Routes.Endpoint("churn", "customer",
        Routes.Variant("a", new("default", "m", 1), 0, 1, Routes.Numeric(), new("probability", "no", "yes"), "silo-1/cpu-0"),
        Routes.Variant("b", new("default", "m", 2), 1, 1, Routes.Numeric(), new("probability", "no", "yes"), "silo-1/cpu-1")) with
    {
        Serving = new(Fallbacks: fallbacks),
    };

    private static void Break(GatewayHost host)
    {
        host.Worker("silo-1/cpu-0").Failure = _ => new InvalidOperationException("broken");
        host.Worker("silo-1/cpu-1").Failure = _ => new SiloUnavailableException("gone");
    }

    private static string Text(Answer answer, string member) => answer.Json.GetProperty(member).GetString()!;
}
