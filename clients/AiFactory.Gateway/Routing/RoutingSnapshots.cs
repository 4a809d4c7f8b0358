using System.Collections.Concurrent;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Tenants;
using AiFactory.Grains.Decisions;
using AiFactory.Grains.Workers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Routing;

/// <summary>The routes of every tenant this gateway has served; the default tenant's from the start.</summary>
/// <param name="local">Null in a process without workers.</param>
/// <param name="own">Where there is one, no route is known, so that nothing is decided, before the factory knows of this gateway's log.</param>
internal sealed class RoutingSnapshots(
    IGrainFactory grains, IOptions<GatewayOptions> options, TimeProvider time, ILogger<RoutingSnapshots> logger, ILocalWorkers? local = null,
    IOwnLog? own = null)
    : IHostedService, IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Followed>> _tenants = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Whether the default tenant's routes are known.</summary>
    public bool Ready => _tenants.TryGetValue(Tenant.Default, out var followed) && followed.IsValueCreated && followed.Value.Routes.Current is not null;

    /// <summary>The present snapshot of each tenant that has one.</summary>
    public IEnumerable<(string Tenant, RouteSnapshot Snapshot)> Snapshots
    {
        get
        {
            foreach (var (tenant, followed) in _tenants)
            {
                if (followed.IsValueCreated && followed.Value.Routes.Current is { } snapshot)
                {
                    yield return (tenant, snapshot);
                }
            }
        }
    }

    /// <summary>Whether an endpoint of that name is deployed by any tenant.</summary>
    public bool Deploys(string endpoint)
    {
        foreach (var (_, snapshot) in Snapshots)
        {
            if (snapshot.Endpoints.ContainsKey(endpoint))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The tenant's routes, with a snapshot.</summary>
    /// <exception cref="RefusedException"><c>routes-unavailable</c>: none came in time.</exception>
    public ValueTask<TenantRoutes> Of(string tenant, CancellationToken cancellation)
    {
        var routes = Follow(tenant);
        return routes.Current is not null ? new(routes) : WaitForFirst(routes, cancellation);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Follow(Tenant.Default);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_tenants.Values.Where(followed => followed.IsValueCreated).Select(followed => followed.Value.Loop));
    }

    public void Dispose() => _stopping.Dispose();

    private TenantRoutes Follow(string tenant) =>
        _tenants.TryGetValue(tenant, out var followed)
            ? followed.Value.Routes
            : _tenants.GetOrAdd(tenant, name => new(() => Begin(name))).Value.Routes;

    private Followed Begin(string tenant)
    {
        var routes = new TenantRoutes(tenant, grains, local, options.Value, time, logger);
        return new(routes, Task.Run(() => FollowOnceKnown(routes)));
    }

    private async Task FollowOnceKnown(TenantRoutes routes)
    {
        if (own is not null)
        {
            await own.Entered.WaitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await routes.Follow(_stopping.Token);
    }

    private async ValueTask<TenantRoutes> WaitForFirst(TenantRoutes routes, CancellationToken cancellation) =>
        await routes.WaitFor(static _ => true, options.Value.RouteWait, cancellation)
            ? routes
            : throw new RefusedException(new("routes-unavailable", RefusalKind.Unavailable, "The routes of the factory are not known yet.", null,
                "Try again in a second; the factory may just be starting."));

    private sealed record Followed(TenantRoutes Routes, Task Loop);
}
