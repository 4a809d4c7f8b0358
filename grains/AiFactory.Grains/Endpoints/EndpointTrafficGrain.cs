using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Traffic;
using AiFactory.Grains.Rollouts;

namespace AiFactory.Grains.Endpoints;

[GrainType("endpoint-traffic")]
internal sealed class EndpointTrafficGrain(TimeProvider time) : Grain, IEndpointTrafficGrain
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    private readonly TrafficWindow _window = new(Kept);

    public Task Report(TrafficReport report) =>
        _window.Add(report, time.GetUtcNow()) ? GrainFactory.GetGrain<IRolloutGrain>(this.GetPrimaryKeyString()).Observe(report) : Task.CompletedTask;

    public Task<EndpointTraffic> Recent() => Task.FromResult(_window.Sum(EndpointKey.FromGrainKey(this.GetPrimaryKeyString()).Endpoint, time.GetUtcNow()));
}
