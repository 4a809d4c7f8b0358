using System.Text.Json.Serialization;
using AiFactory.DecisionLog;
using AiFactory.Domain.Models;
using AiFactory.Gateway.Access;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Rows;
using AiFactory.Gateway.Status;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway.Inference;

internal sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);

internal sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<int> Shape);

/// <param name="Versions">Of each variant, <c>name@version</c>.</param>
/// <param name="Inputs">Of the first variant; the batch axis is -1.</param>
internal sealed record EndpointMetadata(string Name, IReadOnlyList<string> Versions, string Platform, IReadOnlyList<TensorMetadata> Inputs, IReadOnlyList<TensorMetadata> Outputs);

internal sealed record EndpointReadiness(string Name, bool Ready);

/// <summary>One tensor of an inference request.</summary>
internal sealed record InferTensor(string Name, long[] Shape, string Datatype, object[] Data);

/// <summary>An Open Inference Protocol v2 request, for the document; the handler reads the bytes.</summary>
internal sealed record InferRequest(string? Id, Dictionary<string, object>? Parameters, InferTensor[] Inputs, Dictionary<string, string>[]? Outputs);

internal sealed record InferResponse(
    [property: JsonPropertyName("model_name")] string ModelName,
    [property: JsonPropertyName("model_version")] string ModelVersion,
    string Id,
    InferTensor[] Outputs,
    Dictionary<string, object> Parameters);

internal sealed record InferError(string Error);

/// <summary>Open Inference Protocol v2 over HTTP; the model's name is the endpoint's.</summary>
internal static class InferenceRoutes
{
    private const string Tag = "Open Inference Protocol";

    public static void MapInference(this IEndpointRouteBuilder routes, Edge edge)
    {
        var handler = routes.ServiceProvider.GetRequiredService<InferHandler>();
        routes.MapPost("/v2/models/{endpoint}/infer", edge.Guard(handler.Infer, ProblemWriter.WriteInferenceError))
            .Described<InferRequest, InferResponse>(handler.Infer, Tag, "Runs n rows of tensors through the endpoint's variant for parameters.key: one decision.")
            .WithErrors(400, 401, 404, 413, 415, 422, 503, 504, 507);

        routes.MapGet("/v2", () => new ServerMetadata("aifactory", FactoryVersion.Text, [])).WithTags(Tag).WithSummary("Server metadata.");
        routes.MapGet("/v2/health/live", () => new Liveness(true)).WithTags(Tag).WithSummary("Whether the process answers.");
        routes.MapGet("/v2/health/ready", GetReady).WithTags(Tag).WithSummary("Whether decisions can be made.");
        Map("/v2/models/{endpoint}", Describe, "Inputs and outputs of an endpoint.").Produces<EndpointMetadata>().WithErrors(401, 404, 503);
        Map("/v2/models/{endpoint}/ready", DescribeReadiness, "Whether an endpoint is served.").Produces<EndpointReadiness>().WithErrors(401, 404, 503);

        RouteHandlerBuilder Map(string pattern, Func<ServedEndpoint, object> describe, string summary)
        {
            var routing = routes.ServiceProvider.GetRequiredService<RoutingSnapshots>();
            TenantHandler answer = async (context, tenant) =>
            {
                var found = (await routing.Of(tenant, context.RequestAborted)).Find((string)context.Request.RouteValues["endpoint"]!);
                await context.Response.WriteAsJsonAsync(describe(found), Domain.Serialization.FactoryJson.Options, context.RequestAborted);
            };
            var guarded = edge.Guard(answer, ProblemWriter.WriteInferenceError);
            return routes.MapGet(pattern, (HttpContext context, string endpoint) => guarded(context)).WithTags(Tag).WithSummary(summary);
        }
    }

    private static void WithErrors<T>(this T builder, params int[] statuses)
        where T : IEndpointConventionBuilder
    {
        foreach (var status in statuses)
        {
            builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(InferError), ["application/json"]));
        }
    }

    private static EndpointMetadata Describe(ServedEndpoint endpoint)
    {
        var signature = endpoint.Route.Variants[0].Signature;
        return new(endpoint.Route.Endpoint, [.. endpoint.Variants.Select(variant => variant.ModelText)], "onnxruntime_onnx",
            [.. signature.Inputs.Select(Describe)], [.. signature.Outputs.Select(Describe)]);
    }

    private static TensorMetadata Describe(TensorSpec tensor) => new(tensor.Name, ElementFaults.Name(tensor.DataType), [-1, .. tensor.RowShape]);

    private static EndpointReadiness DescribeReadiness(ServedEndpoint endpoint) =>
        new(endpoint.Route.Endpoint, endpoint.Variants.All(variant => variant.Lanes.Length > 0));

    private static IResult GetReady(RoutingSnapshots routing, ApiKeyDirectory keys, IDecisionLog log)
    {
        var ready = StatusRoutes.Waiting(routing, keys, log).Count == 0;
        return Results.Json(new Dictionary<string, bool> { ["ready"] = ready }, statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
