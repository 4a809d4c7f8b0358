using AiFactory.Domain.Decisions;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Routing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway.Decisions;

internal static class DecisionRoutes
{
    private const string Tag = "Decisions";

    public static void MapDecisions(this IEndpointRouteBuilder routes, Edge edge)
    {
        const string Decide = "/v1/endpoints/{endpoint}/decisions";
        var handler = routes.ServiceProvider.GetRequiredService<DecisionHandler>();
        var decide = edge.Guard(handler.Decide, ProblemWriter.WriteProblem);
        routes.ServiceProvider.GetRequiredService<DirectRoutes>().Post(Decide, decide);
        routes.MapPost(Decide, decide)
            .DisableHttpMetrics()
            .Described<Dictionary<string, object>, DecisionResponse>(handler.Decide, Tag, "Decides on one object of named fields, or on {\"instances\":[...]} with up to 1000 of them. "
                + "Headers: X-Priority (1 high, 2 normal, 3 low; 0 the endpoint's), X-Timeout-Ms (from arrival; 0 the endpoint's).")
            .WithProblems(StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status404NotFound, StatusCodes.Status413PayloadTooLarge,
                StatusCodes.Status415UnsupportedMediaType, StatusCodes.Status422UnprocessableEntity, StatusCodes.Status503ServiceUnavailable, StatusCodes.Status504GatewayTimeout,
                StatusCodes.Status507InsufficientStorage);

        var group = routes.MapControl(edge, Tag);
        group.MapPost("/v1/endpoints/{endpoint}/outcomes", Report)
            .WithSummary("Reports true labels of decisions: one, or an array. Again with the same label is no effect.")
            .Takes<OutcomeReport[]>("application/json").WithProblems(StatusCodes.Status409Conflict, StatusCodes.Status422UnprocessableEntity);
        group.MapGet("/v1/decisions/{id}", Explain).WithSummary("The whole chain behind a decision, back to the source file.");
    }

    private static Task<OutcomeReceipt> Report(string endpoint, HttpContext context, OutcomeIntake intake) =>
        intake.Report(context, context.Tenant(), RequestArguments.Name("endpoint", endpoint));

    private static Task<DecisionExplanation> Explain(
        string id, HttpContext context, IGrainFactory grains, LogDirectory logs, ShippedDecisions shipped, RoutingSnapshots routing) =>
        new Explanation(grains, logs, shipped, routing, context.Tenant()).Of(DecisionId.Parse(id).OrThrow(), context.RequestAborted);
}
