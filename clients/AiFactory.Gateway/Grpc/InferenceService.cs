using AiFactory.DecisionLog;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Access;
using AiFactory.Gateway.Draining;
using AiFactory.Gateway.Grpc.Protocol;
using AiFactory.Gateway.Idempotency;
using AiFactory.Gateway.Inference;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Status;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using RpcStatus = Grpc.Core.Status;

namespace AiFactory.Gateway.Grpc;

/// <summary>The Open Inference Protocol v2 over gRPC.</summary>
internal sealed class InferenceService(
    RoutingSnapshots routing, ModelRepository repository, ApiKeyDirectory keys, IDecisionLog log, InferWireHandler handler, KeyedCalls keyed, Drain drain, Edge edge, TimeProvider time)
    : InferenceProtocol.Contract
{
    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext call) => Task.FromResult(new ServerLiveResponse { Live = true });

    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext call) =>
        Task.FromResult(new ServerReadyResponse { Ready = !drain.Draining && StatusRoutes.Waiting(routing, keys, log).Count == 0 });

    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext call)
    {
        var server = InferenceMetadata.Server;
        return Task.FromResult(new ServerMetadataResponse { Name = server.Name, Version = server.Version, Extensions = { server.Extensions } });
    }

    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext call) => Guard(call, async tenant =>
        new ModelReadyResponse { Ready = InferenceMetadata.DescribeReadiness(await Find(tenant, request.Name, call), request.Version).Ready });

    public override Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext call) => Guard(call, async tenant =>
    {
        var found = InferenceMetadata.Describe(await Find(tenant, request.Name, call), request.Version);
        return new ModelMetadataResponse
        {
            Name = found.Name,
            Versions = { found.Versions },
            Platform = found.Platform,
            Inputs = { found.Inputs.Select(Tensor) },
            Outputs = { found.Outputs.Select(Tensor) },
        };
    });

    public override Task<RepositoryIndexResponse> RepositoryIndex(RepositoryIndexRequest request, ServerCallContext call) => Guard(call, async tenant =>
    {
        ModelRepository.CheckRepository(request.RepositoryName);
        var index = await repository.Index(tenant, request.Ready, call.CancellationToken);
        return new RepositoryIndexResponse
        {
            Models = { index.Select(entry => new RepositoryIndexResponse.Types.ModelIndex { Name = entry.Name, Version = entry.Version, State = entry.State, Reason = entry.Reason }) },
        };
    });

    public override Task<RepositoryModelLoadResponse> RepositoryModelLoad(RepositoryModelLoadRequest request, ServerCallContext call) => Guard(call, async tenant =>
    {
        ModelRepository.CheckRepository(request.RepositoryName);
        await repository.Load(tenant, request.ModelName, request.Parameters.Keys, call.CancellationToken);
        return new RepositoryModelLoadResponse();
    });

    public override Task<RepositoryModelUnloadResponse> RepositoryModelUnload(RepositoryModelUnloadRequest request, ServerCallContext call) => Guard(call, async tenant =>
    {
        ModelRepository.CheckRepository(request.RepositoryName);
        await repository.Unload(tenant, request.ModelName, request.Parameters.Keys, call.CancellationToken);
        return new RepositoryModelUnloadResponse();
    });

    public override async Task<WireMessage> ModelInfer(WireMessage request, ServerCallContext call)
    {
        var http = call.GetHttpContext();
        try
        {
            var tenant = await edge.Admit(http);
            var routes = await routing.Of(tenant, call.CancellationToken);
            return http.Request.Headers.ContainsKey(KeyedCalls.Header)
                ? await InferOnce(request, http, tenant, routes, call)
                : await handler.Infer(request, tenant, routes, call, handler.Deadline(call), field: 0, held: null, out _);
        }
        catch (Exception failure)
        {
            throw Refuse(call, http, failure);
        }
        finally
        {
            request.Return();
        }
    }

    public override async Task ModelStreamInfer(IAsyncStreamReader<WireMessage> requests, IServerStreamWriter<WireMessage> responses, ServerCallContext call)
    {
        var http = call.GetHttpContext();
        try
        {
            var tenant = await edge.Admit(http);
            if (http.Request.Headers.ContainsKey(KeyedCalls.Header))
            {
                throw new RefusedException(new("idempotency-key-misplaced", RefusalKind.Malformed, "A stream takes no idempotency key: it holds many requests.", KeyedCalls.Header,
                    "Send requests that are to be repeated as calls of ModelInfer."));
            }

            await new InferStream(handler, tenant, await routing.Of(tenant, call.CancellationToken), call, failure => edge.Refuse(http, failure).Refusal).Run(requests, responses);
        }
        catch (Exception failure)
        {
            throw Refuse(call, http, failure);
        }
    }

    private async Task<WireMessage> InferOnce(WireMessage request, HttpContext http, string tenant, TenantRoutes routes, ServerCallContext call)
    {
        WireMessage? reply = null;
        var deadlineAt = handler.Deadline(call);
        var answer = await keyed.Decide(http, tenant, CallBody.Print(http, request.Bytes.Span), async held =>
        {
            reply = await handler.Infer(request, tenant, routes, call, deadlineAt, field: 0, held, out _);
            return reply.Bytes.Span.ToArray();
        });
        if (reply is null)
        {
            reply = WireMessage.Rent();
            reply.Bytes.Append(answer);
        }

        return reply;
    }

    private async Task<T> Guard<T>(ServerCallContext call, Func<string, Task<T>> answer)
    {
        var http = call.GetHttpContext();
        try
        {
            return await answer(await edge.Admit(http));
        }
        catch (Exception failure)
        {
            throw Refuse(call, http, failure);
        }
    }

    private RpcException Refuse(ServerCallContext call, HttpContext http, Exception failure)
    {
        if (failure is OperationCanceledException)
        {
            // Reaches nobody when the caller is gone; a caller whose deadline has passed may still listen.
            return call.Deadline.ToUniversalTime() <= time.GetUtcNow().UtcDateTime
                ? new(new RpcStatus(StatusCode.DeadlineExceeded, "The call's deadline has passed."))
                : new(new RpcStatus(StatusCode.Cancelled, "The call was cancelled."));
        }

        var (refusal, traceId) = edge.Refuse(http, failure);
        return GrpcStatus.Of(refusal, traceId);
    }

    private async Task<ServedEndpoint> Find(string tenant, string name, ServerCallContext call) => (await routing.Of(tenant, call.CancellationToken)).Find(name);

    private static ModelMetadataResponse.Types.TensorMetadata Tensor(TensorMetadata tensor) =>
        new() { Name = tensor.Name, Datatype = tensor.Datatype, Shape = { tensor.Shape.Select(dimension => (long)dimension) } };
}
