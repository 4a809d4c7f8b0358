using AiFactory.Domain.Refusals;
using AiFactory.Domain.Tenants;
using AiFactory.Domain.Workers;
using AiFactory.Gateway.Problems;
using AiFactory.Gateway.Requests;
using AiFactory.Grains.Workers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiFactory.Gateway.Workers;

internal static class WorkerRoutes
{
    private const string Pool = "default";

    public static void MapWorkers(this IEndpointRouteBuilder routes, Edge edge)
    {
        var group = routes.MapControl(edge, "Workers");
        group.MapGet("/v1/workers", List).WithSummary("All workers with their devices: model, tier, memory, identity, price, readings; whether they take work, and if not, why.");
        group.MapPost("/v1/workers/{silo}/{device}/drain", (string silo, string device, HttpContext context, IGrainFactory grains) => Order(silo, device, WorkerOrder.Drain, context, grains))
            .WithSummary("Gives a worker no new work; what it has ends, or goes on elsewhere, and its device is released.");
        group.MapPost("/v1/workers/{silo}/{device}/remove", (string silo, string device, HttpContext context, IGrainFactory grains) => Order(silo, device, WorkerOrder.Remove, context, grains))
            .WithSummary("Takes a worker out of use at once; what it has goes elsewhere.");
        group.MapPost("/v1/workers/{silo}/{device}/resume", (string silo, string device, HttpContext context, IGrainFactory grains) => Order(silo, device, WorkerOrder.None, context, grains))
            .WithSummary("Lets a worker that was drained or removed in again.");
    }

    private static async Task<IReadOnlyList<PooledWorker>> List(IGrainFactory grains) => (await grains.GetGrain<IWorkerPoolGrain>(Pool).View()).Workers;

    private static Task<PooledWorker> Order(string silo, string device, WorkerOrder order, HttpContext context, IGrainFactory grains) => context.Tenant() == Tenant.Default
        ? grains.GetGrain<IWorkerPoolGrain>(Pool).Order(new WorkerKey(silo, device), order)
        : throw new RefusedException(new("operators-only", RefusalKind.Unauthenticated, "Workers serve all tenants, so only the operator's keys may order them about.", $"{silo}/{device}",
            $"Use a key of tenant {Tenant.Default}."));
}
