using AiFactory.Domain.Refusals;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Workers;
using Microsoft.Extensions.Logging;

namespace AiFactory.Gateway.Routing;

/// <summary>One tenant's routes, followed from the routing table as it changes.</summary>
internal sealed partial class TenantRoutes(string tenant, IGrainFactory grains, ILocalWorkers? local, GatewayOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    private volatile RouteSnapshot? _current;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Null until the first snapshot is there.</summary>
    public RouteSnapshot? Current => _current;

    /// <summary>The endpoint to serve; a stopped one only where it has fixed outputs to answer with.</summary>
    /// <exception cref="RefusedException"><c>endpoint-not-found, endpoint-stopped</c>.</exception>
    public ServedEndpoint Find(ReadOnlySpan<char> endpoint) => !_current!.Find(endpoint, out var found) ? throw NotFound(endpoint.ToString())
        : found.Stopped is null || found.Shield.HasFixed ? found
        : throw new RefusedException(found.Stopped);

    /// <summary>The endpoint whether it is stopped or not.</summary>
    /// <exception cref="RefusedException"><c>endpoint-not-found</c>.</exception>
    public ServedEndpoint Deployed(string endpoint) => _current!.Endpoints.TryGetValue(endpoint, out var found) ? found : throw NotFound(endpoint);

    /// <summary>Completes once a snapshot satisfies the condition; false when none did in time.</summary>
    public async Task<bool> WaitFor(Func<RouteSnapshot, bool> condition, TimeSpan timeout, CancellationToken cancellation)
    {
        var deadline = time.GetTimestamp() + (long)(timeout.TotalSeconds * time.TimestampFrequency);
        while (true)
        {
            var changed = _changed;
            if (_current is { } current && condition(current))
            {
                return true;
            }

            var left = time.GetElapsedTime(time.GetTimestamp(), deadline);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            try
            {
                await changed.Task.WaitAsync(left, time, cancellation);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }

    /// <summary>Follows the routing table until stopped.</summary>
    public async Task Follow(CancellationToken stopping)
    {
        var lanes = new RouteLanes(grains, local, options, time);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var known = _current;
                var asked = time.GetTimestamp();

                // Looked up each time: until the first silo with the role control is up, there is no such grain.
                var changes = await grains.GetGrain<IRoutingTableGrain>(tenant).Watch(known?.Version ?? -1, known?.Line).WaitAsync(stopping);
                if (known is null || changes.Whole || changes.Version != known.Version)
                {
                    _current = RouteSnapshot.Build(changes, known, lanes, time);
                    LogRoutes(logger, tenant, changes.Version, _current.Endpoints.Count);
                    Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
                }
                else if (time.GetElapsedTime(asked) < RetryPause)
                {
                    // The table's silo is stopping and lets no call rest.
                    await Task.Delay(RetryPause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogWatchFailed(logger, tenant, failure.Message);
                await Task.Delay(RetryPause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private RefusedException NotFound(string endpoint)
    {
        var deployed = _current!.Endpoints.Keys.Order(StringComparer.Ordinal).ToArray();
        var there = deployed.Length == 0 ? "No endpoint is deployed." : $"Deployed are: {string.Join(", ", deployed)}.";
        return new(new("endpoint-not-found", RefusalKind.NotFound, $"No endpoint '{endpoint}' is deployed.", endpoint,
            $"{there} Deploy it with: factory endpoint deploy {endpoint} --variant a=MODEL@VERSION:100"));
    }
}
