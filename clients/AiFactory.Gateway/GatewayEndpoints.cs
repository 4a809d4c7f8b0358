using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Inference;
using AiFactory.Gateway.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway;

/// <summary>Maps the gateway's routes.</summary>
public static class GatewayEndpoints
{
    /// <summary>Everything under <c>/v1</c>, <c>/v2</c>, <c>/health</c> and <c>/openapi</c>.</summary>
    public static IEndpointRouteBuilder MapGateway(this IEndpointRouteBuilder routes)
    {
        var edge = routes.ServiceProvider.GetRequiredService<Edge>();
        routes.MapDecisions(edge);
        routes.MapInference(edge);
        routes.MapOpenApi("/openapi/{documentName}.json");
        return routes;
    }
}
