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
        group.MapGet("/v1/cost/prices", GetPrices).WithSummary("Every version of the rates that devices were priced by, by device model and tier, an hour and a second.");
    }

    private static Task<IReadOnlyList<PriceBook>> GetPrices(IGrainFactory grains) => grains.GetGrain<IPriceBookGrain>(IPriceBookGrain.Key).List();

    private static Task<CostStatement> GetStatement(HttpContext context, IGrainFactory grains) => grains.GetGrain<ICostAccountGrain>(context.Tenant()).Statement();

    private static Task<CostReconciliation> Reconcile(HttpContext context, IGrainFactory grains) => grains.GetGrain<ICostAccountGrain>(context.Tenant()).Reconcile();
}
