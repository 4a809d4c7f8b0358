using AiFactory.Domain.Finance;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Grains.Finance;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiFactory.Gateway.Finance;

internal static class FinanceRoutes
{
    public static void MapFinance(this IEndpointRouteBuilder routes, Edge edge)
    {
        var group = routes.MapControl(edge, "Finance");
        group.MapGet("/v1/cost/statement", GetStatement).WithSummary("What was consumed, by account, up to now.");
        group.MapGet("/v1/cost/reconciliation", Reconcile).WithSummary("Ledger, decision log and device bill compared, to the picodollar.");
    }

    private static Task<CostStatement> GetStatement(HttpContext context, IGrainFactory grains) => grains.GetGrain<ICostAccountGrain>(context.Tenant()).Statement();

    private static Task<CostReconciliation> Reconcile(HttpContext context, IGrainFactory grains) => grains.GetGrain<ICostAccountGrain>(context.Tenant()).Reconcile();
}
