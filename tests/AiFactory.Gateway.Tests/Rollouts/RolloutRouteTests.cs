using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Rollouts;

public sealed class RolloutRouteTests
{
    private const string Path = "/v1/endpoints/e/rollout";
    private const string Spec = """{"candidate":{"model":"m","version":2},"steps":[10,100],"guards":[{"metric":"errorRate"},{"metric":"latency","tolerance":0.2}]}""";

    [Fact]
    public async Task Rollout_OverHttp_StartsShowsAndEnds()
    {
        await using var host = await GatewayHost.Start();
        (await host.Get(Path)).Problem(404, "rollout-not-found");
        (await host.Post(Path, "{}")).Problem(400, "field-missing");

        var started = await host.Post(Path, Spec);
        Assert.Equal((200, "running", 10), (started.Status, started.Json.GetProperty("status").GetString(), started.Json.GetProperty("share").GetDouble()));
        Assert.Equal("default", started.Json.GetProperty("spec").GetProperty("candidate").GetProperty("tenant").GetString());
        Assert.Equal("running", (await host.Get(Path)).Json.GetProperty("status").GetString());
        (await host.Post(Path, Spec)).Problem(409, "rollout-running");

        var aborted = await host.Send(HttpMethod.Delete, Path + "?reason=no%20good", null);
        Assert.Equal(("rolledBack", "no good"), (aborted.Json.GetProperty("status").GetString(), aborted.Json.GetProperty("reason").GetString()));
        (await host.Post(Path + "/promote", "")).Problem(409, "rollout-over");
        Assert.Equal(200, (await host.Post(Path, Spec)).Status);
        Assert.Equal("completed", (await host.Post(Path + "/promote", "")).Json.GetProperty("status").GetString());
    }
}
