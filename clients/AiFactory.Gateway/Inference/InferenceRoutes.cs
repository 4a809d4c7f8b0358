using AiFactory.Gateway.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway.Inference;

internal static class InferenceRoutes
{
    public static void MapInference(this IEndpointRouteBuilder routes, Edge edge)
    {
        var handler = routes.ServiceProvider.GetRequiredService<InferHandler>();
        routes.MapPost("/v2/models/{endpoint}/infer", edge.Guard(handler.Infer, ProblemWriter.WriteInferenceError));
    }
}
