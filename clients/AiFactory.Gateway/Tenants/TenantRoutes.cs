using AiFactory.Gateway.Access;
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
    public static void MapTenants(this IEndpointRouteBuilder routes, Edge edge) =>
        routes.MapControl(edge, "Tenants").MapPost("/v1/tenant/api-keys", CreateApiKey).WithSummary("Makes a new API key for the caller's tenant, and shows it this once.");

    private static async Task<IssuedApiKey> CreateApiKey(HttpContext context, IGrainFactory grains, ApiKeyDirectory keys)
    {
        var key = await grains.GetGrain<ITenantGrain>(context.Tenant()).CreateApiKey();
        await keys.Refresh();
        return new(key);
    }
}
