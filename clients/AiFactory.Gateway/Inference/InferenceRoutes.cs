using AiFactory.DecisionLog;
using AiFactory.Domain.Serialization;
using AiFactory.Gateway.Access;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Status;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway.Inference;

/// <summary>
/// Open Inference Protocol v2 over HTTP. The model's name is the endpoint's; a version in the path names one of its variants, by the variant's name,
/// by its model as <c>name@version</c>, or by that version's number where no other variant has it.
/// </summary>
internal static class InferenceRoutes
{
    internal const string Tag = "Open Inference Protocol";
    private const string Model = "/v2/models/{endpoint}";
    private const string Version = Model + "/versions/{version}";

    public static void MapInference(this IEndpointRouteBuilder routes, Edge edge)
    {
        var handler = routes.ServiceProvider.GetRequiredService<InferHandler>();
        Infer(Model + "/infer", handler.Infer, "Runs n rows of tensors, JSON or binary, through the endpoint's variant for parameters.key: one decision. "
            + "Parameters: key, priority (1 high to 3 low), timeout (microseconds), sequence_id, sequence_start, sequence_end, binary_data_output. "
            + "A sequence keeps to one variant and replica; of a model without memory it may move on where that replica fails, and start and end mean nothing.");
        Infer(Version + "/infer", handler.InferVersion, "Inference by the variant named, whatever the assignment says; counts in no experiment.");

        routes.MapGet("/v2", () => InferenceMetadata.Server).WithTags(Tag).WithSummary("Server metadata.");
        routes.MapGet("/v2/health/live", () => new Liveness(true)).WithTags(Tag).WithSummary("Whether the process answers.");
        routes.MapGet("/v2/health/ready", GetReady).WithTags(Tag).WithSummary("Whether decisions can be made.");
        Get<EndpointMetadata>(Model, InferenceMetadata.Describe, "Inputs and outputs of an endpoint.");
        Get<EndpointMetadata>(Version, InferenceMetadata.Describe, "Inputs and outputs of one variant.");
        Get<EndpointReadiness>(Model + "/ready", InferenceMetadata.DescribeReadiness, "Whether an endpoint is served.");
        Get<EndpointReadiness>(Version + "/ready", InferenceMetadata.DescribeReadiness, "Whether one variant is served.");
        routes.MapRepository(edge);

        void Infer(string pattern, DecisionMethod infer, string summary)
        {
            var guarded = edge.Guard(infer, ProblemWriter.WriteInferenceError);
            if (!pattern.StartsWith(Version, StringComparison.Ordinal))
            {
                routes.ServiceProvider.GetRequiredService<DirectRoutes>().Post(pattern, guarded);
            }

            routes.MapPost(pattern, guarded).DisableHttpMetrics().Described<InferRequest, InferResponse>(infer, Tag, summary)
                .WithErrors(400, 401, 404, 413, 415, 422, 429, 503, 504, 507);
        }

        void Get<T>(string pattern, Func<ServedEndpoint, string?, T> describe, string summary)
        {
            var routing = routes.ServiceProvider.GetRequiredService<RoutingSnapshots>();
            var guarded = edge.Guard(
                async Task (context, tenant) =>
                {
                    var values = context.Request.RouteValues;
                    var found = (await routing.Of(tenant, context.RequestAborted)).Find((string)values["endpoint"]!);
                    await context.Response.WriteAsJsonAsync(describe(found, (string?)values["version"]), FactoryJson.Options, context.RequestAborted);
                },
                ProblemWriter.WriteInferenceError);
            routes.MapGet(pattern, (HttpContext context, string endpoint) => guarded(context)).WithTags(Tag).WithSummary(summary).Produces<T>().WithErrors(401, 404, 503);
        }
    }

    internal static void WithErrors<T>(this T builder, params int[] statuses)
        where T : IEndpointConventionBuilder
    {
        foreach (var status in statuses)
        {
            builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(InferError), ["application/json"]));
        }
    }

    private static IResult GetReady(RoutingSnapshots routing, ApiKeyDirectory keys, IDecisionLog log)
    {
        var ready = StatusRoutes.Waiting(routing, keys, log).Count == 0;
        return Results.Json(new Dictionary<string, bool> { ["ready"] = ready }, statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
