using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Shadows;
using AiFactory.Domain.Traffic;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Routing;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Experiments;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Endpoint = AiFactory.Domain.Endpoints.Endpoint;

namespace AiFactory.Gateway.Endpoints;

internal static class EndpointRoutes
{
    /// <summary>How long a deployment waits for this gateway's own routes to follow it.</summary>
    private static readonly TimeSpan FollowMax = TimeSpan.FromSeconds(5);

    public static void MapEndpoints(this IEndpointRouteBuilder routes, Edge edge)
    {
        var group = routes.MapControl(edge, "Endpoints");
        group.MapGet("/v1/endpoints", List).WithSummary("Names of all endpoints.");
        group.MapPut("/v1/endpoints/{endpoint}", Deploy).WithSummary("Deploys an endpoint with its variants, or deploys it anew.")
            .Takes<EndpointSpec>("application/json").WithProblems(StatusCodes.Status409Conflict, StatusCodes.Status422UnprocessableEntity);
        group.MapGet("/v1/endpoints/{endpoint}", Get).WithSummary("An endpoint as it stands.");
        group.MapDelete("/v1/endpoints/{endpoint}", Undeploy).WithSummary("Takes an endpoint out of service; its decisions stay.");
        group.MapGet("/v1/endpoints/{endpoint}/history", History).WithSummary("The revisions that the endpoint can go back to, oldest first.");
        group.MapPost("/v1/endpoints/{endpoint}/rollback", Rollback).WithSummary("Goes back to an earlier revision's spec (?revision=N; without: the one before the present).")
            .WithProblems(StatusCodes.Status409Conflict);
        group.MapPost("/v1/endpoints/{endpoint}/variants/{variant}/promote", Promote).WithSummary("Gives one variant all weight; a shadow becomes a variant for it.").WithProblems(StatusCodes.Status409Conflict);
        group.MapPost("/v1/endpoints/{endpoint}/stop", Stop).WithSummary("Makes every gateway refuse the endpoint's requests for a stated reason, or answer them by its static default where it has one.")
            .Takes<StopEndpoint>("application/json").WithProblems(StatusCodes.Status422UnprocessableEntity);
        group.MapPost("/v1/endpoints/{endpoint}/start", Start).WithSummary("Ends a stop.");
        group.MapGet("/v1/endpoints/{endpoint}/traffic", Traffic).WithSummary("What all gateways saw of the endpoint over the last 30 s, by variant.");
        group.MapGet("/v1/endpoints/{endpoint}/shadows", Shadows).WithSummary("How the endpoint's shadows compare with the answers it gave since the present revision was deployed.");
        group.MapGet("/v1/endpoints/{endpoint}/experiment", Report).WithTags("Experiments").WithSummary("How the endpoint's variants compare so far.");
    }

    private static Task<IReadOnlyList<string>> List(HttpContext context, IGrainFactory grains) =>
        grains.GetGrain<IEndpointCatalogGrain>(context.Tenant()).List();

    private static Task<Endpoint> Get(string endpoint, HttpContext context, IGrainFactory grains) => Grain(endpoint, context, grains).Get();

    private static async Task<Endpoint> Deploy(string endpoint, HttpContext context, IGrainFactory grains, RoutingSnapshots routing)
    {
        var grain = Grain(endpoint, context, grains);
        var spec = await context.ReadJson<EndpointSpec>();
        foreach (var variant in RequestArguments.Required(spec.Variants, "variants"))
        {
            RequestArguments.Required(RequestArguments.Required(variant, "variants").Name, "variants.name");
            RequestArguments.Required(variant.Model.Model, "variants.model.model");
        }

        foreach (var shadow in spec.Shadows ?? [])
        {
            RequestArguments.Required(RequestArguments.Required(shadow, "shadows").Name, "shadows.name");
            RequestArguments.Required(shadow.Model.Model, "shadows.model.model");
        }

        var tenant = context.Tenant();
        var deployed = await grain.Deploy(spec with { Variants = [.. spec.Variants.Select(variant => variant with { Model = variant.Model with { Tenant = tenant } })] }, context.IdempotencyKey());

        return await Followed(deployed, context, routing);
    }

    // Who changes an endpoint and then decides at once finds it changed here.
    private static async Task<Endpoint> Followed(Endpoint changed, HttpContext context, RoutingSnapshots routing)
    {
        if (changed.Deployed)
        {
            var routes = await routing.Of(context.Tenant(), context.RequestAborted);
            await routes.WaitFor(snapshot => snapshot.Endpoints.TryGetValue(changed.Name, out var served) && served.Route.Order >= changed.Order, FollowMax, context.RequestAborted);
        }

        return changed;
    }

    private static Task<IReadOnlyList<EndpointRevision>> History(string endpoint, HttpContext context, IGrainFactory grains) => Grain(endpoint, context, grains).History();

    private static async Task<Endpoint> Rollback(string endpoint, long? revision, HttpContext context, IGrainFactory grains, RoutingSnapshots routing) =>
        await Followed(await Grain(endpoint, context, grains).Rollback(revision, context.IdempotencyKey()), context, routing);

    private static async Task<Endpoint> Promote(string endpoint, string variant, HttpContext context, IGrainFactory grains, RoutingSnapshots routing) =>
        await Followed(await Grain(endpoint, context, grains).Promote(variant, context.IdempotencyKey()), context, routing);

    private static async Task<Endpoint> Stop(string endpoint, HttpContext context, IGrainFactory grains, RoutingSnapshots routing)
    {
        var stop = await context.ReadJson<StopEndpoint>();
        return await Followed(await Grain(endpoint, context, grains).Stop(RequestArguments.Required(stop.Reason, "reason")), context, routing);
    }

    private static async Task<Endpoint> Start(string endpoint, HttpContext context, IGrainFactory grains, RoutingSnapshots routing) =>
        await Followed(await Grain(endpoint, context, grains).Start(), context, routing);

    private static async Task<EndpointTraffic> Traffic(string endpoint, HttpContext context, IGrainFactory grains)
    {
        // One that nobody deployed is not one that nobody asked.
        await Grain(endpoint, context, grains).Get();
        return await grains.GetGrain<IEndpointTrafficGrain>(Key(endpoint, context)).Recent();
    }

    private static Task<ShadowReport> Shadows(string endpoint, HttpContext context, IGrainFactory grains) =>
        grains.GetGrain<IEndpointShadowGrain>(Key(endpoint, context)).Report();

    private static async Task<Endpoint> Undeploy(string endpoint, HttpContext context, IGrainFactory grains, RoutingSnapshots routing)
    {
        var undeployed = await Grain(endpoint, context, grains).Undeploy();
        var routes = await routing.Of(context.Tenant(), context.RequestAborted);
        await routes.WaitFor(snapshot => !snapshot.Endpoints.TryGetValue(undeployed.Name, out var served) || served.Route.Order > undeployed.Order, FollowMax, context.RequestAborted);
        return undeployed;
    }

    private static Task<ExperimentReport> Report(string endpoint, HttpContext context, IGrainFactory grains) =>
        grains.GetGrain<IExperimentGrain>(Key(endpoint, context)).Report();

    private static IEndpointGrain Grain(string endpoint, HttpContext context, IGrainFactory grains) => grains.GetGrain<IEndpointGrain>(Key(endpoint, context));

    private static string Key(string endpoint, HttpContext context) => new EndpointKey(context.Tenant(), RequestArguments.Name("endpoint", endpoint)).ToGrainKey();
}
