using AiFactory.Gateway.Fakes;
using AiFactory.Gateway.Grpc.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace AiFactory.Gateway.Grpc;

public sealed class GrpcErrorTests
{
    [Fact]
    public async Task Infer_WorkerThatDoesNotAnswer_IsCountedForItsEndpoint()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        host.Worker().Failure = _ => new TimeoutException();
        using var client = new GrpcClient(host);
        using var errors = new CountedErrors(host.Services);

        var (status, _, code) = await GrpcClient.Refused(() => client.Infer(Churn("churn")));
        await GrpcClient.Refused(() => client.Infer(Churn("made-up")));

        Assert.Equal((StatusCode.Unavailable, "workers-unavailable"), (status, code));
        Assert.Equal([("workers-unavailable", "churn"), ("endpoint-not-found", "")], errors.All);
    }

    private static ModelInferRequest Churn(string endpoint) => new()
    {
        ModelName = endpoint,
        Inputs =
        {
            new ModelInferRequest.Types.InferInputTensor { Name = "age", Datatype = "FP32", Shape = { 1, 1 } },
            new ModelInferRequest.Types.InferInputTensor { Name = "spend", Datatype = "FP32", Shape = { 1, 1 } },
        },
        RawInputContents = { ByteString.CopyFrom(new byte[sizeof(float)]), ByteString.CopyFrom(new byte[sizeof(float)]) },
    };
}
