using AiFactory.DecisionLog;
using AiFactory.Gateway.Access;
using AiFactory.Gateway.Draining;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Status;
using Grpc.Core;
using Grpc.Health.V1;
using static Grpc.Health.V1.HealthCheckResponse.Types;
using RpcStatus = Grpc.Core.Status;

namespace AiFactory.Gateway.Grpc;

/// <summary><c>grpc.health.v1</c>, of the server (no name) and of the inference service: what <c>/health/ready</c> says.</summary>
internal sealed class HealthService(RoutingSnapshots routing, ApiKeyDirectory keys, IDecisionLog log, Drain drain, TimeProvider time) : Health.HealthBase
{
    private static readonly TimeSpan WatchPeriod = TimeSpan.FromSeconds(1);

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) => IsKnown(request.Service)
        ? Task.FromResult(new HealthCheckResponse { Status = Look() })
        : throw new RpcException(new RpcStatus(StatusCode.NotFound, $"There is no service '{request.Service}'. Ask for '{InferenceProtocol.Descriptor.FullName}', or none by name."));

    /// <summary>Tells the status now, and each time it changes.</summary>
    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        var told = ServingStatus.Unknown;
        using var timer = new PeriodicTimer(WatchPeriod, time);
        try
        {
            do
            {
                var now = IsKnown(request.Service) ? Look() : ServingStatus.ServiceUnknown;
                if (now != told)
                {
                    told = now;
                    await responseStream.WriteAsync(new HealthCheckResponse { Status = now });
                }
            }
            while (await timer.WaitForNextTickAsync(context.CancellationToken));
        }
        catch (OperationCanceledException)
        {
            // Nobody watches any more.
        }
    }

    private static bool IsKnown(string service) => service.Length == 0 || service == InferenceProtocol.Descriptor.FullName;

    private ServingStatus Look() => !drain.Draining && StatusRoutes.Waiting(routing, keys, log).Count == 0 ? ServingStatus.Serving : ServingStatus.NotServing;
}
