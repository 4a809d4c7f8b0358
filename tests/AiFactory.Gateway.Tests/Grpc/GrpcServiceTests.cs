using AiFactory.Gateway.Fakes;
using AiFactory.Gateway.Grpc.Protocol;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;

namespace AiFactory.Gateway.Grpc;

/// <summary>Metadata, health and reflection.</summary>
public sealed class GrpcServiceTests
{
    [Fact]
    public async Task Metadata_SaysWhatRestSays()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        host.Worker().Pinned.Add("default/churn-mlp/1");
        using var client = new GrpcClient(host);

        Assert.True((await client.Call<ServerLiveRequest, ServerLiveResponse>("ServerLive", new())).Live);
        Assert.True((await client.Call<ServerReadyRequest, ServerReadyResponse>("ServerReady", new())).Ready);
        Assert.True((await client.Call<ModelReadyRequest, ModelReadyResponse>("ModelReady", new() { Name = "churn", Version = "a" })).Ready);
        var server = await client.Call<ServerMetadataRequest, ServerMetadataResponse>("ServerMetadata", new());
        var model = await client.Call<ModelMetadataRequest, ModelMetadataResponse>("ModelMetadata", new() { Name = "churn" });
        var index = await client.Call<RepositoryIndexRequest, RepositoryIndexResponse>("RepositoryIndex", new());

        Assert.Equal("aifactory", server.Name);
        Assert.Contains("binary_tensor_data", server.Extensions);
        Assert.Equal(("churn", "churn-mlp@1"), (model.Name, Assert.Single(model.Versions)));
        Assert.Equal([("age", "FP32"), ("spend", "FP32")], model.Inputs.Select(input => (input.Name, input.Datatype)));
        Assert.Equal([-1, 1], model.Inputs[0].Shape);
        Assert.Equal(("churn", "churn-mlp@1", "READY"), (index.Models[0].Name, index.Models[0].Version, index.Models[0].State));
        Assert.Equal(StatusCode.NotFound, (await GrpcClient.Refused(() => client.Call<ModelMetadataRequest, ModelMetadataResponse>("ModelMetadata", new() { Name = "nope" }))).Status);
    }

    [Fact]
    public async Task Health_KnownServices_Serve()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        using var client = new GrpcClient(host);
        var health = new Health.HealthClient(client.Channel);
        var cancellation = TestContext.Current.CancellationToken;

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new(), cancellationToken: cancellation)).Status);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new() { Service = "inference.GRPCInferenceService" }, cancellationToken: cancellation)).Status);
        Assert.Equal(StatusCode.NotFound, (await GrpcClient.Refused(async () => await health.CheckAsync(new() { Service = "x" }, cancellationToken: cancellation))).Status);
        using var watch = health.Watch(new() { Service = "x" }, cancellationToken: cancellation);
        Assert.True(await watch.ResponseStream.MoveNext(cancellation));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.ServiceUnknown, watch.ResponseStream.Current.Status);
    }

    [Fact]
    public async Task Reflection_ListsTheServices()
    {
        await using var host = await GatewayHost.Start();
        using var client = new GrpcClient(host);
        using var call = new ServerReflection.ServerReflectionClient(client.Channel).ServerReflectionInfo(cancellationToken: TestContext.Current.CancellationToken);

        await call.RequestStream.WriteAsync(new() { ListServices = "" }, TestContext.Current.CancellationToken);
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));

        var services = call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToArray();
        Assert.Contains("inference.GRPCInferenceService", services);
        Assert.Contains("grpc.health.v1.Health", services);
    }
}
