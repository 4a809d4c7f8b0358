using AiFactory.Domain.Endpoints;
using AiFactory.Gateway.Grpc;
using AiFactory.Gateway.Grpc.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace AiFactory.Gateway.Serving;

/// <summary>As <see cref="ProtectionTests"/>, over gRPC.</summary>
[Collection(ServingClusterDefinition.Name)]
public sealed class GrpcProtectionTests(ServingCluster cluster)
{
    private static readonly ServingTerms Patient = new(TimeoutMs: 3_600_000);

    [Fact]
    public async Task Infer_CallsDeadlinePassesInTheQueue_NeverRuns()
    {
        await using var served = await cluster.Deploy(Patient);
        using var client = new GrpcClient(served.Gateway.GrpcUrl);
        var cancellation = TestContext.Current.CancellationToken;
        var hanging = client.Infer(Row(served, ScriptedEngine.Hang), null, cancellation);
        await Condition.Until(() => cluster.Engine.Ran.Count == 1);

        var (status, _, _) = await GrpcClient.Refused(() => client.Infer(Row(served, 10), DateTime.UtcNow.AddMilliseconds(100), cancellation));

        Assert.Equal(StatusCode.DeadlineExceeded, status);
        await served.Waiting(0);
        cluster.Engine.Open();
        await hanging;
        await client.Infer(Row(served, 11), DateTime.UtcNow.AddMinutes(5), cancellation);
        Assert.Equal([ScriptedEngine.Hang, 11], cluster.Engine.Ran.Select(row => row.X));
    }

    [Fact]
    public async Task Infer_CallIsCancelled_ItsQueuedRowNeverRunsAndTheOneAtWorkIsStopped()
    {
        await using var served = await cluster.Deploy(Patient);
        using var client = new GrpcClient(served.Gateway.GrpcUrl);
        var cancellation = TestContext.Current.CancellationToken;
        using var first = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var second = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var hanging = client.Infer(Row(served, ScriptedEngine.Hang), null, first.Token);
        await Condition.Until(() => cluster.Engine.Ran.Count == 1);
        var queued = client.Infer(Row(served, 10), null, second.Token);
        await served.Waiting(1);

        await second.CancelAsync();
        await served.Waiting(0);
        await first.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await GrpcClient.Refused(() => queued)).Status);
        Assert.Equal(StatusCode.Cancelled, (await GrpcClient.Refused(() => hanging)).Status);
        await client.Infer(Row(served, 11), null, cancellation);
        Assert.Equal([ScriptedEngine.Hang, 11], cluster.Engine.Ran.Select(row => row.X));
        Assert.Equal([ScriptedEngine.Hang], cluster.Engine.Stopped.Select(row => row.X));
    }

    private static ModelInferRequest Row(ServedByCluster served, float x) => new()
    {
        ModelName = served.Name,
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 1 } } },
        RawInputContents = { ByteString.CopyFrom(BitConverter.GetBytes(x)) },
    };
}
