using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Grpc;

/// <summary>Inference, health and reflection over gRPC.</summary>
internal static class GrpcEndpoints
{
    public static IServiceCollection AddGatewayGrpc(this IServiceCollection services)
    {
        services.AddGrpc();
        services.AddOptions<GrpcServiceOptions>()
            .Configure<IOptions<GatewayOptions>>(static (grpc, gateway) => grpc.MaxReceiveMessageSize = (int)gateway.Value.DecisionBytesMax);
        services.AddGrpcReflection();
        services.AddSingleton<InferWireHandler>();
        services.AddSingleton<InferenceService>();
        services.AddSingleton<HealthService>();
        return services;
    }

    public static void MapGrpc(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<InferenceService>();
        routes.MapGrpcService<HealthService>();
        routes.MapGrpcReflectionService();
    }
}
