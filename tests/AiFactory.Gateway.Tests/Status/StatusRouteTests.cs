using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Status;

public sealed class StatusRouteTests
{
    [Fact]
    public async Task Get_Health_SaysReadyOnceRoutesAndKeysAreKnown()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        Answer ready;
        while ((ready = await host.Get("/health/ready")).Status != 200)
        {
            Assert.Equal(503, ready.Status);
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }

        Assert.True(ready.Json.GetProperty("ready").GetBoolean());
        Assert.Equal("""{"live":true}""", (await host.Get("/health/live")).Text);
    }

    [Fact]
    public async Task Get_Status_ListsSilosAndWorkersThatAnswer()
    {
        await using var host = await GatewayHost.Start(options => options.DataFolder = "data");
        host.Worker("silo-2/cpu-0").Failure = _ => null;

        var status = (await host.Get("/v1/status")).Json;

        Assert.Equal(("""["silo-1","silo-2"]""", 1, "data", Environment.ProcessId), (status.GetProperty("silos").GetRawText(), status.GetProperty("workers").GetArrayLength(),
            status.GetProperty("dataFolder").GetString(), status.GetProperty("processId").GetInt32()));
    }

    [Fact]
    public async Task Get_Doctor_NamesCauseAndMend()
    {
        await using var host = await GatewayHost.Start();
        host.Objects.Full = true;

        var findings = (await host.Get("/v1/doctor")).Json.EnumerateArray().ToDictionary(finding => finding.GetProperty("component").GetString()!);

        Assert.False(findings["object-store"].GetProperty("healthy").GetBoolean());
        Assert.Equal("No room left.", findings["object-store"].GetProperty("cause").GetString());
        Assert.NotEmpty(findings["object-store"].GetProperty("mend").GetString()!);
        Assert.True(findings["workers"].GetProperty("healthy").GetBoolean());
    }

    [Fact]
    public async Task Get_Cost_KeepsPicodollarsExact()
    {
        await using var host = await GatewayHost.Start();

        Assert.Equal("9223372036854775807", (await host.Get("/v1/cost/statement")).Json.GetProperty("decisionsTotal").GetString());
        Assert.True((await host.Get("/v1/cost/reconciliation")).Json.GetProperty("exact").GetBoolean());
        var rate = (await host.Get("/v1/cost/prices")).Json[0].GetProperty("rates")[0];
        Assert.Equal(("cpu-slot", 0.000013888889m), (rate.GetProperty("deviceModel").GetString(), rate.GetProperty("usdPerSecond").GetDecimal()));
    }

    [Fact]
    public async Task Get_OpenApi_DescribesEveryRoute()
    {
        await using var host = await GatewayHost.Start();

        var document = (await host.Get("/openapi/v1.json")).Json;

        var paths = document.GetProperty("paths").EnumerateObject().ToDictionary(path => path.Name, path => path.Value);
        string[] expected =
        [
            "/v1/status", "/v1/doctor", "/v1/logs", "/v1/cluster", "/v1/cost/prices", "/v1/workers", "/v1/workers/{silo}/{device}/drain",
            "/v1/workers/{silo}/{device}/remove", "/v1/workers/{silo}/{device}/resume", "/v1/datasets", "/v1/datasets/{name}", "/v1/datasets/infer",
            "/v1/datasets/{name}/ingestions", "/v1/datasets/{name}/ingestions/{id}", "/v1/datasets/{name}/versions/{version}",
            "/v1/datasets/{name}/versions/{version}/quarantine", "/v1/training-runs", "/v1/training-runs/{id}", "/v1/training-runs/{id}/cancel",
            "/v1/training-runs/{id}/holdout", "/v1/models", "/v1/models/{model}", "/v1/models/{model}/versions/{version}",
            "/v1/models/{model}/versions/{version}/artifact", "/v1/models/{model}/versions", "/v1/models/{model}/ensembles", "/v1/endpoints", "/v1/endpoints/{endpoint}",
            "/v1/endpoints/{endpoint}/decisions", "/v1/endpoints/{endpoint}/outcomes", "/v1/endpoints/{endpoint}/experiment", "/v1/decisions/{id}", "/v1/cost/statement",
            "/v1/cost/reconciliation", "/v1/models/{model}/versions/{version}/files/{path}", "/v1/models/{model}/imports", "/v1/models/{model}/versions/{version}/load",
            "/v1/models/{model}/versions/{version}/unload", "/v1/workers/models", "/v1/endpoints/{endpoint}/history", "/v1/endpoints/{endpoint}/rollback",
            "/v1/endpoints/{endpoint}/variants/{variant}/promote", "/v1/endpoints/{endpoint}/stop", "/v1/endpoints/{endpoint}/shadows", "/v1/endpoints/{endpoint}/start",
            "/v1/endpoints/{endpoint}/traffic", "/v1/endpoints/{endpoint}/rollout", "/v1/endpoints/{endpoint}/rollout/promote", "/v1/tenant/api-keys",
            "/v1/tenant/limits", "/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/{endpoint}", "/v2/models/{endpoint}/ready", "/v2/models/{endpoint}/infer",
            "/v2/models/{endpoint}/versions/{version}", "/v2/models/{endpoint}/versions/{version}/ready", "/v2/models/{endpoint}/versions/{version}/infer",
            "/v2/repository/index", "/v2/repository/models/{endpoint}/load", "/v2/repository/models/{endpoint}/unload", "/health/live", "/health/ready",
        ];
        Assert.Equal(expected.Order(), paths.Keys.Order());
        Assert.All(paths.Values.SelectMany(path => path.EnumerateObject()), operation => Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!));
        var decide = paths["/v1/endpoints/{endpoint}/decisions"].GetProperty("post");
        Assert.Equal("endpoint", decide.GetProperty("parameters")[0].GetProperty("name").GetString());
        Assert.True(decide.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/json", out _));
        Assert.True(decide.GetProperty("responses").TryGetProperty("507", out _));
        var infer = paths["/v2/models/{endpoint}/infer"].GetProperty("post");
        Assert.True(infer.GetProperty("responses").GetProperty("422").GetProperty("content").TryGetProperty("application/json", out _));
    }

    [Fact]
    public async Task Options_OutOfRange_StopTheStartNamingTheOption()
    {
        var failure = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => GatewayHost.Start(options => options.LaneRowsMax = 0));

        Assert.Contains("Gateway:LaneRowsMax is 0; set it to 1 or more.", failure.Message, StringComparison.Ordinal);
    }
}
