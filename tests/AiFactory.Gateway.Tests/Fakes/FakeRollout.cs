using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Rollouts;
using AiFactory.Domain.Traffic;
using AiFactory.Grains.Rollouts;

namespace AiFactory.Gateway.Fakes;

/// <summary>The rules of rollouts on an endpoint that is always there.</summary>
internal sealed class FakeRollout(string key) : IRolloutGrain
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;
    private Rollout? _rollout;

    private EndpointKey Key => EndpointKey.FromGrainKey(key);

    public Task<Rollout> Start(RolloutSpec spec, string? operation)
    {
        var endpoint = new Endpoint(Key.Endpoint, 1, "salt", new([new VariantSpec("a", new(Key.Tenant, "m", 1), 100)]), true, Now);
        var begun = RolloutRules.Begin(_rollout, Key, endpoint, spec, Now).OrThrow();
        return Keep(RolloutRules.Deployed(begun, endpoint with { Revision = 2 }, null, Now));
    }

    public Task<Rollout> Get() => Task.FromResult(RolloutRules.Get(_rollout, Key).OrThrow());

    public Task<Rollout> Abort(string? reason) => Keep(RolloutRules.Abort(_rollout, Key, reason, Now).OrThrow());

    public Task<Rollout> Promote() => Keep(RolloutRules.Promote(_rollout, Key, Now).OrThrow());

    public Task Observe(TrafficReport report) => Task.CompletedTask;

    private Task<Rollout> Keep(Rollout next) => Task.FromResult(_rollout = next);
}
