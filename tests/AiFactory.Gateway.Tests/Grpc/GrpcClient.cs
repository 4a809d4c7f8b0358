using AiFactory.Gateway.Fakes;
using AiFactory.Gateway.Grpc.Protocol;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace AiFactory.Gateway.Grpc;

/// <summary>Calls the gateway with the messages that were generated from its protocol definition.</summary>
internal sealed class GrpcClient : IDisposable
{
    private const string Service = "inference.GRPCInferenceService";

    private readonly GrpcChannel _channel;

    public GrpcClient(GatewayHost host) => _channel = GrpcChannel.ForAddress("http://localhost", new() { HttpHandler = host.TestServer.CreateHandler() });

    /// <summary>Over the network.</summary>
    public GrpcClient(Uri url) => _channel = GrpcChannel.ForAddress(url);

    public ChannelBase Channel => _channel;

    public async Task<TResponse> Call<TRequest, TResponse>(string method, TRequest request, params (string Name, string Value)[] headers)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        using var call = _channel.CreateCallInvoker().AsyncUnaryCall(Method<TRequest, TResponse>(method, MethodType.Unary), null, Options(headers), request);
        return await call;
    }

    public Task<ModelInferResponse> Infer(ModelInferRequest request, params (string Name, string Value)[] headers) =>
        Call<ModelInferRequest, ModelInferResponse>("ModelInfer", request, headers);

    /// <summary>Inference with a deadline, or one that may be cancelled.</summary>
    public async Task<ModelInferResponse> Infer(ModelInferRequest request, DateTime? deadline, CancellationToken cancellation)
    {
        using var call = _channel.CreateCallInvoker().AsyncUnaryCall(
            Method<ModelInferRequest, ModelInferResponse>("ModelInfer", MethodType.Unary), null, new CallOptions(deadline: deadline, cancellationToken: cancellation), request);
        return await call;
    }

    public AsyncDuplexStreamingCall<ModelInferRequest, ModelStreamInferResponse> Stream() =>
        _channel.CreateCallInvoker().AsyncDuplexStreamingCall(Method<ModelInferRequest, ModelStreamInferResponse>("ModelStreamInfer", MethodType.DuplexStreaming), null, Options([]));

    /// <summary>Holds that the call fails, and gives its status and the refusal's code.</summary>
    public static async Task<(StatusCode Status, string Detail, string? Code)> Refused(Func<Task> call)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(call);
        return (failure.StatusCode, failure.Status.Detail, failure.Trailers.GetValue("refusal-code"));
    }

    public void Dispose() => _channel.Dispose();

    private static CallOptions Options((string Name, string Value)[] headers)
    {
        var metadata = new Metadata();
        foreach (var (name, value) in headers)
        {
            metadata.Add(name, value);
        }

        return new(metadata, cancellationToken: TestContext.Current.CancellationToken);
    }

    private static Method<TRequest, TResponse> Method<TRequest, TResponse>(string name, MethodType type)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        new(type, Service, name, Marshaller<TRequest>(), Marshaller<TResponse>());

    private static Marshaller<T> Marshaller<T>()
        where T : class, IMessage<T>, new() =>
        Marshallers.Create(static message => message.ToByteArray(), new MessageParser<T>(static () => new()).ParseFrom);
}
