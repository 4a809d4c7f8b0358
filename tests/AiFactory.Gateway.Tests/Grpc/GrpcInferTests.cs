using System.Buffers.Binary;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Gateway.Fakes;
using AiFactory.Gateway.Grpc.Protocol;
using AiFactory.Grains.Tenants;
using AiFactory.Grains.Workers;
using Google.Protobuf;
using Grpc.Core;
using static AiFactory.Gateway.Grpc.Protocol.ModelInferRequest.Types;

namespace AiFactory.Gateway.Grpc;

public sealed class GrpcInferTests
{
    private static readonly ModelSignature Wide = new(
        [new("x", TensorDataType.Fp32, [2]), new("name", TensorDataType.Bytes, [1])],
        [new("y", TensorDataType.Fp32, [2]), new("echo", TensorDataType.Bytes, [1])]);

    private static readonly byte[] Names = [1, 0, 0, 0, (byte)'a', 0, 0, 0, 0];

    [Fact]
    public async Task Infer_RawContents_AreAnsweredRaw()
    {
        await using var host = await Start(Wide);
        using var client = new GrpcClient(host);

        var reply = await client.Infer(new()
        {
            ModelName = "churn",
            Id = "r1",
            Parameters = { ["key"] = new() { StringParam = "C1" }, ["unknown"] = new() { DoubleParam = 1 } },
            Inputs = { Tensor("name", "BYTES", 2, 1), Tensor("x", "FP32", 2, 2) },
            RawInputContents = { ByteString.CopyFrom(Names), ByteString.CopyFrom(Singles(1, 2, 3, 4)) },
        });

        Assert.Equal(("churn", "m@1", "r1"), (reply.ModelName, reply.ModelVersion, reply.Id));
        Assert.Equal([("y", "FP32"), ("echo", "BYTES")], reply.Outputs.Select(output => (output.Name, output.Datatype)));
        Assert.Equal([2, 2], reply.Outputs[0].Shape);
        Assert.Equal([Singles(1, 2, 3, 4), Names], reply.RawOutputContents.Select(raw => raw.ToByteArray()));
        Assert.Equal(("silo-1-00000000000000", "a"), (reply.Parameters["decision_id"].StringParam, reply.Parameters["variant"].StringParam));
        var record = Assert.Single(host.Log.Decisions);
        Assert.Equal(("r1", "C1", 2), (record.RequestId, record.Unit, record.Rows));
    }

    [Fact]
    public async Task Infer_TypedContents_AreAnsweredTyped()
    {
        await using var host = await Start(Wide);
        using var client = new GrpcClient(host);
        var x = Tensor("x", "FP32", 2, 2);
        x.Contents = new() { Fp32Contents = { 1, 2, 3, 4 } };
        var name = Tensor("name", "BYTES", 2, 1);
        name.Contents = new() { BytesContents = { ByteString.CopyFromUtf8("a"), ByteString.Empty } };

        var reply = await client.Infer(new() { ModelName = "churn", Inputs = { x, name }, Outputs = { new InferRequestedOutputTensor { Name = "echo" }, new InferRequestedOutputTensor { Name = "y" } } });

        Assert.Empty(reply.RawOutputContents);
        Assert.Equal(["a", ""], reply.Outputs[0].Contents.BytesContents.Select(bytes => bytes.ToStringUtf8()));
        Assert.Equal([1, 2, 3, 4], reply.Outputs[1].Contents.Fp32Contents);
    }

    [Theory]
    [InlineData(TensorDataType.Bool, "BOOL", """{"boolContents":[true,false]}""")]
    [InlineData(TensorDataType.Int8, "INT8", """{"intContents":[-128,127]}""")]
    [InlineData(TensorDataType.Int16, "INT16", """{"intContents":[-32768,32767]}""")]
    [InlineData(TensorDataType.Int32, "INT32", """{"intContents":[-2147483648,2147483647]}""")]
    [InlineData(TensorDataType.Int64, "INT64", """{"int64Contents":["-9223372036854775808","9223372036854775807"]}""")]
    [InlineData(TensorDataType.UInt8, "UINT8", """{"uintContents":[0,255]}""")]
    [InlineData(TensorDataType.UInt16, "UINT16", """{"uintContents":[0,65535]}""")]
    [InlineData(TensorDataType.UInt32, "UINT32", """{"uintContents":[0,4294967295]}""")]
    [InlineData(TensorDataType.UInt64, "UINT64", """{"uint64Contents":["0","18446744073709551615"]}""")]
    [InlineData(TensorDataType.Fp32, "FP32", """{"fp32Contents":[0.1,"NaN"]}""")]
    [InlineData(TensorDataType.Fp64, "FP64", """{"fp64Contents":[0.1,"-Infinity"]}""")]
    [InlineData(TensorDataType.Bytes, "BYTES", """{"bytesContents":["","AP8="]}""")]
    public async Task Infer_EveryDatatypeTyped_ComesBackAsItWas(TensorDataType type, string name, string json)
    {
        await using var host = await Start(new([new("x", type, [2])], [new("y", type, [2])]));
        using var client = new GrpcClient(host);
        var input = Tensor("x", name, 1, 2);
        var contents = InferTensorContents.Parser.ParseJson(json);
        input.Contents = contents;

        Assert.Equal(contents, (await client.Infer(new() { ModelName = "churn", Inputs = { input } })).Outputs[0].Contents);
    }

    [Fact]
    public async Task Infer_HalfPrecision_TravelsRaw()
    {
        await using var host = await Start(new([new("x", TensorDataType.Fp16, [2])], [new("y", TensorDataType.Fp16, [2])]));
        using var client = new GrpcClient(host);

        var reply = await client.Infer(new() { ModelName = "churn", Inputs = { Tensor("x", "FP16", 1, 2) }, RawInputContents = { ByteString.CopyFrom(0, 0x3e, 0, 0xc0) } });

        Assert.Equal([0, 0x3e, 0, 0xc0], reply.RawOutputContents[0].ToByteArray());
    }

    [Fact]
    public async Task Infer_Terms_ReachTheWorker()
    {
        await using var host = await Start(Wide);
        using var client = new GrpcClient(host);
        var seen = new List<MessageTerms>();
        host.Worker().Failure = message =>
        {
            seen.Add(message.Terms);
            return null;
        };

        var request = Good();
        request.Parameters.Add("priority", new InferParameter { Uint64Param = 1 });
        request.Parameters.Add("timeout", new InferParameter { Int64Param = 250_000 });
        await client.Infer(request);

        Assert.Equal(RequestPriority.High, seen[0].Priority);
        Assert.InRange(seen[0].BudgetNanoseconds, 0, 250_000_000);
    }

    [Fact]
    public async Task Infer_Refused_HasStatusWhatWhereAndMend()
    {
        await using var host = await Start(Wide);
        using var client = new GrpcClient(host);

        var unknown = Good();
        unknown.ModelName = "nope";
        var version = Good();
        version.ModelVersion = "9";
        var short1 = Good();
        short1.RawInputContents[0] = ByteString.CopyFrom(1, 2, 3);
        var mixed = Good();
        mixed.RawInputContents.RemoveAt(1);
        var misplaced = new ModelInferRequest { ModelName = "churn", Inputs = { Tensor("x", "FP32", 1, 2) } };
        misplaced.Inputs[0].Contents = new() { IntContents = { 1, 2 } };
        var empty = new ModelInferRequest { ModelName = "churn", Inputs = { Tensor("x", "FP32", 1, 2) } };
        var parameter = Good();
        parameter.Parameters.Add("priority", new InferParameter { StringParam = "high" });

        Assert.Equal((StatusCode.NotFound, "endpoint-not-found"), await Code(unknown));
        Assert.Equal((StatusCode.NotFound, "version-not-found"), await Code(version));
        Assert.Equal((StatusCode.InvalidArgument, "tensor-shape"), await Code(short1));
        Assert.Equal((StatusCode.InvalidArgument, "raw-contents-mixed"), await Code(mixed));
        Assert.Equal((StatusCode.InvalidArgument, "tensor-value"), await Code(misplaced));
        Assert.Equal((StatusCode.InvalidArgument, "tensor-value"), await Code(empty));
        Assert.Equal((StatusCode.InvalidArgument, "parameter-invalid"), await Code(parameter));
        Assert.Equal((StatusCode.InvalidArgument, "request-malformed"), await Code(new() { ModelName = "churn" }));
        Assert.Contains("a (m@1)", (await GrpcClient.Refused(() => client.Infer(version))).Detail, StringComparison.Ordinal);
        host.Worker().Failure = _ => new TimeoutException();
        Assert.Equal((StatusCode.Unavailable, "workers-unavailable"), await Code(Good()));
        host.Worker().Failure = _ => new InvalidOperationException("broken");
        Assert.Equal((StatusCode.Internal, "fault"), await Code(Good()));
        Assert.Empty(host.Log.Decisions);

        async Task<(StatusCode, string?)> Code(ModelInferRequest request)
        {
            var (status, _, code) = await GrpcClient.Refused(() => client.Infer(request));
            return (status, code);
        }
    }

    [Fact]
    public void Read_MalformedMessage_IsRefused()
    {
        byte[][] malformed = [[0x0a, 0x05, 0x61], [0x07], [0x2a, 0x02, 0x1a, 0x05], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]];
        foreach (var bytes in malformed)
        {
            var message = WireMessage.Rent();
            bytes.CopyTo(message.Bytes.Append(bytes.Length));
            var refused = Assert.Throws<Domain.Refusals.RefusedException>(() => InferWire.Read(Gateway.Inference.InferEnvelope.Mine, message.Bytes));
            Assert.Equal("request-malformed", refused.Refusal.Code);
            message.Return();
        }
    }

    [Fact]
    public async Task Infer_DeadlineOfTheCall_IsTheRequestsTimeoutWhereItIsSooner()
    {
        await using var host = await Start(Wide, new(TimeoutMs: 600_000));
        using var client = new GrpcClient(host);
        var cancellation = TestContext.Current.CancellationToken;
        var hurried = Good();
        hurried.Parameters["timeout"] = new() { Int64Param = 50_000_000 };

        await client.Infer(Good(), DateTime.UtcNow.AddSeconds(100), cancellation);
        await client.Infer(hurried, DateTime.UtcNow.AddSeconds(100), cancellation);
        await client.Infer(Good(), deadline: null, cancellation);

        var budgets = host.Worker().Terms.Select(terms => terms.BudgetNanoseconds).ToArray();
        Assert.InRange(budgets[0], 1, 100_000_000_000);
        Assert.InRange(budgets[1], 1, 50_000_000_000);
        Assert.InRange(budgets[2], 100_000_000_001, 600_000_000_000);
    }

    [Fact]
    public async Task Infer_WithKey_ServesItsTenantOnly()
    {
        await using var host = await GatewayHost.Start(options => options.RequireApiKey = true);
        using var client = new GrpcClient(host);
        var key = await host.Grains.GetGrain<ITenantGrain>("acme").CreateApiKey();
        await host.Publish(Routes.Endpoint("churn", null, Routes.Variant("a", new("acme", "m", 1), 0, 1, Wide)), "acme");
        host.Worker().Row = static (row, output) => output.Append(row.Span);

        Assert.Equal("m@1", (await client.Infer(Good(), ("authorization", $"Bearer {key}"))).ModelVersion);
        Assert.Equal("m@1", (await client.Infer(Good(), ("x-api-key", key))).ModelVersion);
        Assert.All(host.Log.Decisions, decision => Assert.Equal("acme", decision.Tenant));
        Assert.Equal(2, host.Log.Decisions.Count);
        var other = await host.Grains.GetGrain<ITenantGrain>("other").CreateApiKey();
        Assert.Equal(StatusCode.NotFound, (await GrpcClient.Refused(() => client.Infer(Good(), ("x-api-key", other)))).Status);

        var (missing, _, code) = await GrpcClient.Refused(() => client.Infer(Good()));
        var (unknown, _, _) = await GrpcClient.Refused(() => client.Infer(Good(), ("authorization", "Bearer nope")));

        Assert.Equal((StatusCode.Unauthenticated, "api-key-missing", StatusCode.Unauthenticated), (missing, code, unknown));
    }

    [Fact]
    public async Task Stream_AnswersInOrder_AndGoesOnAfterAnError()
    {
        await using var host = await Start(Wide);
        using var client = new GrpcClient(host);
        using var stream = client.Stream();
        var bad = Good();
        bad.Id = "bad";
        bad.ModelName = "nope";
        for (var i = 0; i < 20; i++)
        {
            var request = Good();
            request.Id = $"r{i}";
            request.Parameters.Add("sequence_id", new InferParameter { Int64Param = i % 2 });
            await stream.RequestStream.WriteAsync(i == 7 ? bad : request, TestContext.Current.CancellationToken);
        }

        await stream.RequestStream.CompleteAsync();
        var replies = new List<ModelStreamInferResponse>();
        await foreach (var reply in stream.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            replies.Add(reply);
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => i == 7 ? "bad" : $"r{i}"), replies.Select(reply => reply.InferResponse.Id));
        Assert.Contains("nope", replies[7].ErrorMessage, StringComparison.Ordinal);
        Assert.All(replies.Where(reply => reply.InferResponse.Id != "bad"), reply => Assert.Equal((2, ""), (reply.InferResponse.RawOutputContents.Count, reply.ErrorMessage)));
        Assert.Equal(19, host.Log.Decisions.Count);
    }

    private static ModelInferRequest Good() => new()
    {
        ModelName = "churn",
        Inputs = { Tensor("x", "FP32", 1, 2), Tensor("name", "BYTES", 1, 1) },
        RawInputContents = { ByteString.CopyFrom(Singles(1, 2)), ByteString.CopyFrom(Names[..5]) },
    };

    private static InferInputTensor Tensor(string name, string type, params long[] shape) => new() { Name = name, Datatype = type, Shape = { shape } };

    private static byte[] Singles(params float[] values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        return bytes;
    }

    // The fake worker gives its inputs back.
    private static async Task<GatewayHost> Start(ModelSignature signature, ServingTerms? serving = null)
    {
        var host = await GatewayHost.Start();
        await host.Publish(Routes.Endpoint("churn", null, Routes.Variant("a", new("default", "m", 1), 0, 1, signature)) with { Serving = serving });
        host.Worker().Row = static (row, output) => output.Append(row.Span);
        return host;
    }
}
