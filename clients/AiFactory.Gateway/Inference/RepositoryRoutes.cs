using System.Text.Json;
using System.Text.Json.Serialization;
using AiFactory.Domain.Serialization;
using AiFactory.Gateway.Documentation;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway.Inference;

/// <summary>What can be asked of the repository index.</summary>
/// <param name="Ready">Only what is in memory now.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
internal sealed record IndexRequest(bool Ready = false);

/// <summary>What can be said with a load or an unload.</summary>
/// <param name="Parameters">Of an unload <c>unload_dependents</c>; others are refused.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
internal sealed record RepositoryRequest(Dictionary<string, JsonElement>? Parameters = null);

/// <param name="State"><c>READY</c>, <c>LOADING</c> or <c>UNAVAILABLE</c>.</param>
/// <param name="Reason">Of unavailability.</param>
internal sealed record IndexEntry(string Name, string Version, string State, string Reason);

/// <summary>The Open Inference Protocol's model repository over HTTP.</summary>
internal static class RepositoryRoutes
{
    private const string Model = "/v2/repository/models/{endpoint}";

    public static void MapRepository(this IEndpointRouteBuilder routes, Edge edge)
    {
        var repository = routes.ServiceProvider.GetRequiredService<ModelRepository>();
        TenantHandler index = async (context, tenant) =>
        {
            var entries = await repository.Index(tenant, (await Read<IndexRequest>(context))?.Ready == true, context.RequestAborted);
            await context.Response.WriteAsJsonAsync(entries.ToArray(), FactoryJson.Options, context.RequestAborted);
        };
        routes.MapPost("/v2/repository/index", edge.Guard(index, ProblemWriter.WriteInferenceError))
            .Described<IndexRequest, IndexEntry[]>(index, InferenceRoutes.Tag, "Every version of every endpoint, once, and whether it is in a worker's memory.").WithErrors(400, 401, 503);
        Command("/load", repository.Load, "Brings the versions that an endpoint serves into the memory of its workers; they are there, and stay over restarts, when it answers.");
        Command("/unload", repository.Unload, "Takes the versions that an endpoint serves out of memory, once requests at work are answered; the next request loads them again.");

        void Command(string verb, Func<string, string, IEnumerable<string>, CancellationToken, Task> act, string summary)
        {
            TenantHandler handler = async (context, tenant) =>
            {
                var parameters = (await Read<RepositoryRequest>(context))?.Parameters?.Keys ?? Enumerable.Empty<string>();
                await act(tenant, (string)context.Request.RouteValues["endpoint"]!, parameters, context.RequestAborted);
            };
            routes.MapPost(Model + verb, edge.Guard(handler, ProblemWriter.WriteInferenceError))
                .WithMetadata(handler.Method, new TagsAttribute(InferenceRoutes.Tag), new RequestBodyShape(typeof(RepositoryRequest), ["application/json"], Required: false), new ProducesResponseTypeMetadata(StatusCodes.Status200OK))
                .WithSummary(summary).WithErrors(400, 401, 404, 413, 422, 503);
        }
    }

    // The protocol lets the body be left out.
    private static async Task<T?> Read<T>(HttpContext context)
        where T : class =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false || context.Request.ContentLength == 0 ? null : await context.ReadJson<T>();
}
