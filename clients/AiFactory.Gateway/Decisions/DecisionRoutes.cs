using AiFactory.Gateway.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway.Decisions;

internal static class DecisionRoutes
{
    public static void MapDecisions(this IEndpointRouteBuilder routes, Edge edge)
    {
        var handler = routes.ServiceProvider.GetRequiredService<DecisionHandler>();
        routes.MapPost("/v1/endpoints/{endpoint}/decisions", edge.Guard(handler.Decide, ProblemWriter.WriteProblem));
    }
}
