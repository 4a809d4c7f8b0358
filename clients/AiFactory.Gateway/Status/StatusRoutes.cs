using AiFactory.DecisionLog;
using AiFactory.Gateway.Access;
using AiFactory.Gateway.Logs;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Routing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiFactory.Gateway.Status;

internal sealed record Liveness(bool Live);

/// <param name="Waiting">What is not ready yet.</param>
internal sealed record Readiness(bool Ready, IReadOnlyList<string> Waiting);

internal static class StatusRoutes
{
    private const string Tag = "Status";

    public static void MapStatus(this IEndpointRouteBuilder routes, Edge edge)
    {
        routes.MapGet("/health/live", () => new Liveness(true)).WithTags(Tag).WithSummary("Whether the process answers.");
        routes.MapGet("/health/ready", GetReady).WithTags(Tag).WithSummary("Whether decisions can be made.")
            .Produces<Readiness>().Produces<Readiness>(StatusCodes.Status503ServiceUnavailable);
        var group = routes.MapControl(edge, Tag);
        group.MapGet("/v1/status", (FactoryInspection inspection) => inspection.Status()).WithSummary("The running factory: silos and workers.");
        group.MapGet("/v1/cluster", (ClusterInspection inspection) => inspection.Look()).WithSummary("The cluster: its silos, their state, roles, devices, grains, versions and logs.");
        group.MapGet("/v1/logs", (LogInspection inspection) => inspection.List()).WithSummary("The decision logs: how far each is shipped, and how far behind this silo's own is.");
        group.MapGet("/v1/doctor", (FactoryInspection inspection) => inspection.Diagnose()).WithSummary("What is well, what is not, why, and how to mend it.");
    }

    /// <summary>What decisions still wait for; empty when they can be made.</summary>
    public static IReadOnlyList<string> Waiting(RoutingSnapshots routing, ApiKeyDirectory keys, IDecisionLog log)
    {
        var waiting = new List<string>();
        if (!routing.Ready)
        {
            waiting.Add("routes");
        }

        if (!keys.Ready)
        {
            waiting.Add("api-keys");
        }

        if (log.Name.Length == 0 || log.Tail < 0)
        {
            waiting.Add("decision-log");
        }

        return waiting;
    }

    private static IResult GetReady(RoutingSnapshots routing, ApiKeyDirectory keys, IDecisionLog log)
    {
        var waiting = Waiting(routing, keys, log);
        return Results.Json(new Readiness(waiting.Count == 0, waiting), statusCode: waiting.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
