using AiFactory.Gateway.Documentation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiFactory.Gateway.Problems;

/// <summary>Puts the edge around whole groups of routes, and says what errors they answer.</summary>
internal static class GuardedRoutes
{
    /// <summary>A group of control routes for one noun: callers known, failures answered as problems.</summary>
    public static RouteGroupBuilder MapControl(this IEndpointRouteBuilder routes, Edge edge, string noun)
    {
        var group = routes.MapGroup("").WithTags(noun);
        ((IEndpointConventionBuilder)group).Add(endpoint =>
        {
            endpoint.RequestDelegate = edge.GuardControl(endpoint.RequestDelegate!);
        });
        return group.WithProblems(StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status404NotFound,
            StatusCodes.Status500InternalServerError, StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Says what body a route takes.</summary>
    public static RouteHandlerBuilder Takes<TBody>(this RouteHandlerBuilder builder, params string[] contentTypes) =>
        builder.WithMetadata(new RequestBodyShape(typeof(TBody), contentTypes));

    public static T WithProblems<T>(this T builder, params int[] statuses)
        where T : IEndpointConventionBuilder
    {
        foreach (var status in statuses)
        {
            builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(Problem), ["application/problem+json"]));
        }

        return builder;
    }

    /// <summary>Shows a handler of bare requests in the OpenAPI document.</summary>
    public static IEndpointConventionBuilder Described<TRequest, TResponse>(this IEndpointConventionBuilder builder, Delegate handler, string tag, string summary) =>
        builder
            .WithMetadata(
                handler.Method,
                new TagsAttribute(tag),
                new RequestBodyShape(typeof(TRequest), ["application/json"]),
                new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(TResponse), ["application/json"]))
            .WithSummary(summary);
}
