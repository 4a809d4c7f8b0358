using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Datasets;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Endpoints;
using AiFactory.Gateway.Finance;
using AiFactory.Gateway.Grpc;
using AiFactory.Gateway.Inference;
using AiFactory.Gateway.Models;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Rollouts;
using AiFactory.Gateway.Shadows;
using AiFactory.Gateway.Status;
using AiFactory.Gateway.Tenants;
using AiFactory.Gateway.Training;
using AiFactory.Gateway.Workers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway;

/// <summary>Maps the gateway's routes.</summary>
public static class GatewayEndpoints
{
    /// <summary>Everything under <c>/v1</c>, <c>/v2</c>, <c>/health</c> and <c>/openapi</c>.</summary>
    public static IEndpointRouteBuilder MapGateway(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var edge = routes.ServiceProvider.GetRequiredService<Edge>();
        _ = routes.ServiceProvider.GetRequiredService<ProtectionMeter>();
        _ = routes.ServiceProvider.GetRequiredService<ShadowMeter>();
        routes.MapStatus(edge);
        routes.MapDatasets(edge);
        routes.MapTraining(edge);
        routes.MapModels(edge);
        routes.MapWorkers(edge);
        routes.MapEndpoints(edge);
        routes.MapRollouts(edge);
        routes.MapDecisions(edge);
        routes.MapInference(edge);
        routes.MapGrpc();
        routes.MapFinance(edge);
        routes.MapTenants(edge);
        routes.MapOpenApi("/openapi/{documentName}.json");
        var methods = new KnownMethods(routes);
        RequestDelegate refuse = context => throw new RefusedException(RefuseRoute(context, methods));
        routes.Map("/v1/{**path}", edge.GuardOpen(refuse, ProblemWriter.WriteProblem));
        routes.Map("/v2/{**path}", edge.GuardOpen(refuse, ProblemWriter.WriteInferenceError));
        routes.MapFallback("{**path}", edge.GuardOpen(refuse, ProblemWriter.WriteProblem));
        return routes;
    }

    private static Refusal RefuseRoute(HttpContext context, KnownMethods methods)
    {
        var (method, path) = (context.Request.Method, context.Request.Path);
        if (methods.Of(path) is not { } allowed)
        {
            return new("route-not-found", RefusalKind.NotFound, $"There is no {method} {path}.", path, "See /openapi/v1.json for the routes there are.");
        }

        context.Items[Failures.AllowItem] = allowed;
        return new(Failures.MethodNotAllowed, RefusalKind.Malformed, $"{path} takes no {method}.", path, $"It takes {allowed}.");
    }
}
