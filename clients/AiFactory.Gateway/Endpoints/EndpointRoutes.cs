using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
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

        var tenant = context.Tenant();
        var deployed = await grain.Deploy(spec with { Variants = [.. spec.Variants.Select(variant => variant with { Model = variant.Model with { Tenant = tenant } })] });

        // Who deploys and then decides at once finds the endpoint here.
        var routes = await routing.Of(tenant, context.RequestAborted);
        await routes.WaitFor(snapshot => snapshot.Endpoints.TryGetValue(deployed.Name, out var served) && served.Route.Order >= deployed.Order, FollowMax, context.RequestAborted);
        return deployed;
    }

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
