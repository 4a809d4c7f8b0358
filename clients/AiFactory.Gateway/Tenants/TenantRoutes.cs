using AiFactory.Domain.Tenants;
using AiFactory.Gateway.Access;
using AiFactory.Gateway.Idempotency;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Grains.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiFactory.Gateway.Tenants;

/// <param name="ApiKey">Shown this once; only its hash is kept.</param>
internal sealed record IssuedApiKey(string ApiKey);

internal static class TenantRoutes
{
    public static void MapTenants(this IEndpointRouteBuilder routes, Edge edge)
    {
        var group = routes.MapControl(edge, "Tenants");
        group.MapPost("/v1/tenant/api-keys", CreateApiKey).WithSummary("Makes a new API key for the caller's tenant, and shows it this once. Asked for again under its Idempotency-Key it gives another key, and the first is one no more.")
            .WithMetadata(new SecretAnswer());
        group.MapGet("/v1/tenant/limits", GetLimits).WithSummary("What the caller's tenant may ask of each gateway.");
        group.MapPut("/v1/tenant/limits", SetLimits).WithSummary("Replaces the limits of the caller's tenant; gateways follow within seconds.")
            .Takes<TenantLimits>("application/json").WithProblems(StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<TenantLimits> GetLimits(HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<ITenantGrain>(context.Tenant()).Get()).Limits ?? TenantLimits.None;

    private static async Task<TenantLimits> SetLimits(HttpContext context, IGrainFactory grains, ApiKeyDirectory keys)
    {
        var limits = await grains.GetGrain<ITenantGrain>(context.Tenant()).SetLimits(await context.ReadJson<TenantLimits>());
        await keys.Refresh();
        return limits;
    }

    private static async Task<IssuedApiKey> CreateApiKey(HttpContext context, IGrainFactory grains, ApiKeyDirectory keys)
    {
        var key = await grains.GetGrain<ITenantGrain>(context.Tenant()).CreateApiKey(context.IdempotencyKey());
        await keys.Refresh();
        return new(key);
    }
}
