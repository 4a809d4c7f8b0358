using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Rollouts;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Grains.Rollouts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiFactory.Gateway.Rollouts;

internal static class RolloutRoutes
{
    private const string Path = "/v1/endpoints/{endpoint}/rollout";

    public static void MapRollouts(this IEndpointRouteBuilder routes, Edge edge)
    {
        var group = routes.MapControl(edge, "Rollouts");
        group.MapPost(Path, Start).WithSummary("Rolls a candidate out step by step, and back as soon as it is worse than its baseline.")
            .Takes<RolloutSpec>("application/json").WithProblems(StatusCodes.Status409Conflict, StatusCodes.Status422UnprocessableEntity);
        group.MapGet(Path, Get).WithSummary("The present rollout or the last, with what its guards find.");
        group.MapDelete(Path, Abort).WithSummary("Gives all units back to the baseline (?reason=TEXT).").WithProblems(StatusCodes.Status409Conflict);
        group.MapPost(Path + "/promote", Promote).WithSummary("Gives all of the baseline's units to the candidate, whatever the guards find.").WithProblems(StatusCodes.Status409Conflict);
    }

    private static async Task<Rollout> Start(string endpoint, HttpContext context, IGrainFactory grains)
    {
        var spec = await context.ReadJson<RolloutSpec>();
        RequestArguments.Required(spec.Candidate.Model, "candidate.model");
        return await Grain(endpoint, context, grains).Start(spec with { Candidate = spec.Candidate with { Tenant = context.Tenant() } }, context.IdempotencyKey());
    }

    private static Task<Rollout> Get(string endpoint, HttpContext context, IGrainFactory grains) => Grain(endpoint, context, grains).Get();

    private static Task<Rollout> Abort(string endpoint, string? reason, HttpContext context, IGrainFactory grains) => Grain(endpoint, context, grains).Abort(reason);

    private static Task<Rollout> Promote(string endpoint, HttpContext context, IGrainFactory grains) => Grain(endpoint, context, grains).Promote();

    private static IRolloutGrain Grain(string endpoint, HttpContext context, IGrainFactory grains) =>
        grains.GetGrain<IRolloutGrain>(new EndpointKey(context.Tenant(), RequestArguments.Name("endpoint", endpoint)).ToGrainKey());
}
