using AiFactory.Gateway.Grpc.Protocol;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace AiFactory.Gateway.Grpc;

/// <summary>The service <c>inference.GRPCInferenceService</c>. Bound by hand, so that inference messages stay bytes.</summary>
internal static class InferenceProtocol
{
    /// <summary>Found by this name by the reflection service.</summary>
    public static ServiceDescriptor Descriptor { get; } = OpenInferenceReflection.Descriptor.Services[0];

    /// <summary>Found by the attribute on <see cref="Contract"/> when the service is mapped.</summary>
    public static void BindService(ServiceBinderBase binder, Contract? service)
    {
        binder.AddMethod(Unary<ServerLiveRequest, ServerLiveResponse>("ServerLive"), service is null ? null : service.ServerLive);
        binder.AddMethod(Unary<ServerReadyRequest, ServerReadyResponse>("ServerReady"), service is null ? null : service.ServerReady);
        binder.AddMethod(Unary<ModelReadyRequest, ModelReadyResponse>("ModelReady"), service is null ? null : service.ModelReady);
        binder.AddMethod(Unary<ServerMetadataRequest, ServerMetadataResponse>("ServerMetadata"), service is null ? null : service.ServerMetadata);
        binder.AddMethod(Unary<ModelMetadataRequest, ModelMetadataResponse>("ModelMetadata"), service is null ? null : service.ModelMetadata);
        binder.AddMethod(Unary<RepositoryIndexRequest, RepositoryIndexResponse>("RepositoryIndex"), service is null ? null : service.RepositoryIndex);
        binder.AddMethod(Unary<RepositoryModelLoadRequest, RepositoryModelLoadResponse>("RepositoryModelLoad"), service is null ? null : service.RepositoryModelLoad);
        binder.AddMethod(Unary<RepositoryModelUnloadRequest, RepositoryModelUnloadResponse>("RepositoryModelUnload"), service is null ? null : service.RepositoryModelUnload);
        binder.AddMethod(
            new Method<WireMessage, WireMessage>(MethodType.Unary, Descriptor.FullName, "ModelInfer", WireMessage.Marshaller, WireMessage.Marshaller),
            service is null ? null : service.ModelInfer);
        binder.AddMethod(
            new Method<WireMessage, WireMessage>(MethodType.DuplexStreaming, Descriptor.FullName, "ModelStreamInfer", WireMessage.Marshaller, WireMessage.Marshaller),
            service is null ? null : service.ModelStreamInfer);
    }

    private static Method<TRequest, TResponse> Unary<TRequest, TResponse>(string name)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        new(MethodType.Unary, Descriptor.FullName, name, Of<TRequest>(), Of<TResponse>());

    private static Marshaller<T> Of<T>()
        where T : class, IMessage<T>, new()
    {
        var parser = new MessageParser<T>(static () => new());
        return new(
            static (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
    }

    /// <summary>The calls of the service.</summary>
    [BindServiceMethod(typeof(InferenceProtocol), nameof(BindService))]
    public abstract class Contract
    {
        public abstract Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext call);

        public abstract Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext call);

        public abstract Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext call);

        public abstract Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext call);

        public abstract Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext call);

        public abstract Task<RepositoryIndexResponse> RepositoryIndex(RepositoryIndexRequest request, ServerCallContext call);

        public abstract Task<RepositoryModelLoadResponse> RepositoryModelLoad(RepositoryModelLoadRequest request, ServerCallContext call);

        public abstract Task<RepositoryModelUnloadResponse> RepositoryModelUnload(RepositoryModelUnloadRequest request, ServerCallContext call);

        public abstract Task<WireMessage> ModelInfer(WireMessage request, ServerCallContext call);

        public abstract Task ModelStreamInfer(IAsyncStreamReader<WireMessage> requests, IServerStreamWriter<WireMessage> responses, ServerCallContext call);
    }
}
