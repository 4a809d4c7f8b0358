using AiFactory.DecisionLog;
using AiFactory.Domain.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Hosting.Health;

/// <summary>What a process without the role gateway tells of itself; the gateway has these routes of its own.</summary>
internal static class SiloHealth
{
    public static void MapSiloHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Json(new { Live = true }, FactoryJson.Options)).ExcludeFromDescription();
        routes.MapGet("/health/ready", (ISiloStatusOracle silos, HttpContext context) => Ready(silos, context.RequestServices.GetService<IDecisionLog>())).ExcludeFromDescription();
    }

    /// <param name="log">Null in a process that keeps none.</param>
    private static IResult Ready(ISiloStatusOracle silos, IDecisionLog? log)
    {
        List<string> waiting = [];
        if (silos.CurrentStatus != SiloStatus.Active)
            waiting.Add("membership");
        if (log?.Tail < 0)
            waiting.Add("decision-log");
        return Results.Json(new { Ready = waiting.Count == 0, Waiting = waiting }, FactoryJson.Options,
            statusCode: waiting.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
