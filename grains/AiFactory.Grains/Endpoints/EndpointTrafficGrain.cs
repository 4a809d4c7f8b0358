using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Traffic;

namespace AiFactory.Grains.Endpoints;

[GrainType("endpoint-traffic")]
internal sealed class EndpointTrafficGrain(TimeProvider time) : Grain, IEndpointTrafficGrain
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    private readonly TrafficWindow _window = new(Kept);

    public Task Report(TrafficReport report)
    {
        _window.Add(report, time.GetUtcNow());
        return Task.CompletedTask;
    }

    public Task<EndpointTraffic> Recent() => Task.FromResult(_window.Sum(EndpointKey.FromGrainKey(this.GetPrimaryKeyString()).Endpoint, time.GetUtcNow()));
}
