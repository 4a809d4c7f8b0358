using AiFactory.Gateway.Fakes;
using AiFactory.Gateway.Grpc;
using AiFactory.Gateway.Grpc.Protocol;
using Grpc.Core;

namespace AiFactory.Gateway.Inference;

/// <summary>The model repository of the Open Inference Protocol, over REST and gRPC.</summary>
public sealed class RepositoryRouteTests
{
    private const string Index = "/v2/repository/index";

    [Fact]
    public async Task Index_EveryVersion_StandsOnceWithItsState()
    {
        await using var host = await Churn();
        await host.Publish(Routes.Endpoint("idle", null, Routes.Variant("a", new("default", "m", 2), 0, 1, Routes.Numeric()) with { Replicas = [] }));
        await host.Publish(Routes.Endpoint("stopped", null, Routes.Variant("a", new("default", "m", 1), 0, 1, Routes.Numeric())) with { Suspended = "repairs" });
        host.Worker().Pinned.Add("default/m/1");

        Assert.Equal(
            """
            [{"name":"churn","version":"m@1","state":"READY","reason":""},
            {"name":"churn","version":"other@7","state":"UNAVAILABLE","reason":"unloaded; its next request loads it"},
            {"name":"idle","version":"m@2","state":"UNAVAILABLE","reason":"No worker serves it at present."},
            {"name":"stopped","version":"m@1","state":"UNAVAILABLE","reason":"Stopped: repairs"}]
            """.ReplaceLineEndings(""),
            (await host.Post(Index, "")).Text);
        Assert.Equal("""[{"name":"churn","version":"m@1","state":"READY","reason":""}]""", (await host.Post(Index, """{"ready":true}""")).Text);

        host.Worker("silo-1/cpu-0").Failure = host.Worker("silo-2/cpu-0").Failure = _ => new TimeoutException();
        Assert.Equal("The workers that serve it do not answer.", (await host.Post(Index, "")).Json[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task LoadAndUnload_Endpoint_PinsEveryVersionOnTheWorkersThatServeIt()
    {
        await using var host = await Churn();

        Assert.Equal((200, ""), await Command(host, "load", ""));
        Assert.Equal(["default/m/1", "default/other/7"], host.Worker("silo-1/cpu-0").Pinned.Order());
        Assert.Equal(["default/other/7"], host.Worker("silo-2/cpu-0").Pinned);
        Assert.Equal(["READY", "READY"], (await host.Post(Index, "")).Json.EnumerateArray().Select(entry => entry.GetProperty("state").GetString()));

        Assert.Equal((200, ""), await Command(host, "unload", """{"parameters":{"unload_dependents":true}}"""));
        Assert.Empty(host.Worker("silo-1/cpu-0").Pinned);
        Assert.Empty(host.Worker("silo-2/cpu-0").Pinned);
    }

    [Theory]
    [InlineData("churn", "load", """{"parameters":{"config":"{}"}}""", 400, "config")]
    [InlineData("churn", "load", """{"parameters":{"unload_dependents":true}}""", 400, "unload_dependents")]
    [InlineData("churn", "unload", """{"parameters":{"file:1/model.onnx":"AAAA"}}""", 400, "file:1/model.onnx")]
    [InlineData("churn", "load", "[]", 400, "JSON")]
    [InlineData("nobody", "load", "", 404, "nobody")]
    public async Task LoadAndUnload_WhatIsNotTaken_IsRefusedAndChangesNothing(string name, string verb, string body, int status, string says)
    {
        await using var host = await Churn();

        var answer = await host.Post($"/v2/repository/models/{name}/{verb}", body);

        Assert.Equal(status, answer.Status);
        Assert.Contains(says, answer.Error, StringComparison.Ordinal);
        Assert.Empty(host.Worker().Pinned);
    }

    [Fact]
    public async Task Load_StoppedEndpoint_IsLoadedForItsStart()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn() with { Suspended = "repairs" });

        Assert.Equal((200, ""), await Command(host, "load", ""));

        Assert.Equal(["default/churn-mlp/1"], host.Worker().Pinned);
    }

    [Fact]
    public async Task Load_NoWorkerOfItIsThere_Is503()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn("customer", "silo-9/cpu-0"));

        Assert.Equal(503, (await host.Post("/v2/repository/models/churn/load", "")).Status);
    }

    [Fact]
    public async Task Grpc_LoadIndexUnload_DoAsRest()
    {
        await using var host = await Churn();
        using var client = new GrpcClient(host);

        await client.Call<RepositoryModelLoadRequest, RepositoryModelLoadResponse>("RepositoryModelLoad", new() { ModelName = "churn" });
        var ready = await client.Call<RepositoryIndexRequest, RepositoryIndexResponse>("RepositoryIndex", new() { Ready = true });
        await client.Call<RepositoryModelUnloadRequest, RepositoryModelUnloadResponse>("RepositoryModelUnload", new()
        {
            ModelName = "churn",
            Parameters = { ["unload_dependents"] = new() { BoolParam = true } },
        });

        Assert.Equal(["m@1", "other@7"], ready.Models.Select(model => model.Version));
        Assert.Empty(host.Worker().Pinned);
        Assert.Equal((StatusCode.InvalidArgument, "parameter-unsupported"), await Refused(new() { ModelName = "churn", Parameters = { ["config"] = new() { StringParam = "{}" } } }));
        Assert.Equal((StatusCode.NotFound, "endpoint-not-found"), await Refused(new() { ModelName = "nobody" }));
        Assert.Equal((StatusCode.NotFound, "repository-not-found"), await Refused(new() { ModelName = "churn", RepositoryName = "models" }));

        async Task<(StatusCode, string?)> Refused(RepositoryModelLoadRequest request)
        {
            var (status, _, code) = await GrpcClient.Refused(() => client.Call<RepositoryModelLoadRequest, RepositoryModelLoadResponse>("RepositoryModelLoad", request));
            return (status, code);
        }
    }

    // Two variants serve one version, and the other version has a worker more.
    private static async Task<GatewayHost> Churn()
    {
        var host = await GatewayHost.Start();
        await host.Publish(Routes.Endpoint("churn", null,
            Routes.Variant("a", new("default", "m", 1), 0, 0.5, Routes.Numeric()),
            Routes.Variant("b", new("default", "m", 1), 0.5, 1, Routes.Numeric()),
            Routes.Variant("c", new("default", "other", 7), 1, 1, Routes.Numeric(), null, "silo-1/cpu-0", "silo-2/cpu-0")));
        return host;
    }

    private static async Task<(int Status, string Text)> Command(GatewayHost host, string verb, string body)
    {
        var answer = await host.Post($"/v2/repository/models/churn/{verb}", body);
        return (answer.Status, answer.Text);
    }
}
