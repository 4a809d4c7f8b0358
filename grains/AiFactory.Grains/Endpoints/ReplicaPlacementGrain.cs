using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Tenants;
using AiFactory.Grains.Tenants;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace AiFactory.Grains.Endpoints;

[GrainType("replica-placement"), Reentrant]
internal sealed partial class ReplicaPlacementGrain(ILogger<ReplicaPlacementGrain> logger) : Grain, IReplicaPlacementGrain
{
    private const int EndpointsAtOnce = 8;

    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(5);

    private bool _following;
    private bool _again;
    private IGrainTimer? _retry;

    public async Task Follow()
    {
        _again = true;
        if (_following)
            return;
        _following = true;
        try
        {
            // What changes meanwhile is followed in one more round, however often it changed.
            while (_again)
            {
                _again = false;
                await FollowAll();
            }
        }
        catch (Exception exception)
        {
            LogNotFollowed(exception, "all");
            Retry();
        }
        finally
        {
            _following = false;
        }
    }

    private async Task FollowAll()
    {
        _retry?.Dispose();
        _retry = null;
        var keys = await GrainFactory.GetGrain<IApiKeyDirectoryGrain>(ApiKeyDirectory.Key).List();
        foreach (var tenant in keys.Values.Append(Tenant.Default).Distinct())
        {
            var names = await GrainFactory.GetGrain<IEndpointCatalogGrain>(tenant).List();
            foreach (var some in names.Chunk(EndpointsAtOnce))
                await Task.WhenAll(some.Select(name => TryFollow(new EndpointKey(tenant, name))));
        }
    }

    private async Task TryFollow(EndpointKey endpoint)
    {
        try
        {
            await GrainFactory.GetGrain<IEndpointPlacementGrain>(endpoint.ToGrainKey()).Follow();
        }
        catch (Exception exception)
        {
            LogNotFollowed(exception, endpoint.ToGrainKey());
            Retry();
        }
    }

    private void Retry() => _retry ??= this.RegisterGrainTimer(static (grain, _) => grain.Follow(), this, new GrainTimerCreationOptions(AgainAfter, Timeout.InfiniteTimeSpan));

    [LoggerMessage(LogLevel.Warning, "The route of endpoint {Endpoint} could not follow the workers there are; tried again shortly.")]
    private partial void LogNotFollowed(Exception exception, string endpoint);
}
