using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Rollouts;
using AiFactory.Domain.Traffic;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Models;
using AiFactory.Grains.PendingWork;
using AiFactory.Grains.Rollouts;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Tests.Doubles;

namespace AiFactory.Grains.Tests.Rollouts;

[Collection(FactoryClusterDefinition.Name)]
public sealed class RolloutGrainTests(FactoryCluster factory)
{
    private int _sequence;

    [Fact]
    public async Task Start_GoodCandidate_TakesOverStepByStep()
    {
        var (rollout, endpoint, traffic) = await Started("good", new RolloutSpec(new("ignored", "next", 1), Steps: [20, 50, 100], StepSeconds: 1, StepRequests: 30));
        Assert.Equal([("a", 80.0), ("next-v1", 20.0)], (await endpoint.Get()).Spec.Variants.Select(variant => (variant.Name, variant.Weight)));

        var ended = await Condition.Until(() => Report(rollout, traffic, 0), seen => RolloutRules.Ended(seen));

        Assert.Equal((RolloutStatus.Completed, 100.0), (ended.Status, ended.Share));
        var settled = await Condition.Until(endpoint.Get, seen => seen.Spec.Variants[1].Weight == 100);
        Assert.Equal((2L, true), (settled.Revision, settled.Shifted));
    }

    [Fact]
    public async Task Observe_FailingCandidate_RollsBackAlsoAfterReload()
    {
        var (rollout, endpoint, traffic) = await Started("bad", new RolloutSpec(new("ignored", "next", 1), Steps: [20, 100], StepSeconds: 3600));
        await factory.Deactivate(rollout);
        await factory.Deactivate(traffic);

        var ended = await Condition.Until(() => Report(rollout, traffic, 30), seen => RolloutRules.Ended(seen));

        Assert.Equal(RolloutStatus.RolledBack, ended.Status);
        await Condition.Until(endpoint.Get, seen => seen.Spec.Variants[1].Weight == 0);
        Assert.Equal("rollout-over", (await Condition.Refused(rollout.Promote)).Code);
    }

    [Fact]
    public async Task Start_SameOperationAgain_IsTheSameRollout()
    {
        var (rollout, endpoint, _) = await Started("again", new RolloutSpec(new("ignored", "next", 1), Steps: [20, 100], StepSeconds: 3600), "op-1");
        await factory.Deactivate(rollout);

        var again = await rollout.Start(new RolloutSpec(new("ignored", "next", 1), Steps: [20, 100], StepSeconds: 3600), "op-1");

        Assert.Equal((RolloutStatus.Running, 20.0), (again.Status, again.Share));
        Assert.Equal(2L, (await endpoint.Get()).Revision);
    }

    [Fact]
    public async Task Deploy_WhileRolledOut_SupersedesTheRollout()
    {
        var (rollout, endpoint, _) = await Started("taken", new RolloutSpec(new("ignored", "next", 1)));
        await endpoint.Deploy(new EndpointSpec([new VariantSpec("mine", new("taken", "one", 1), 100)]));

        // The sweep finds that the endpoint went on without it.
        await Condition.Until(rollout.Get, seen => seen.Status == RolloutStatus.Superseded);
        Assert.Equal("rollout-over", (await Condition.Refused(() => rollout.Abort("late"))).Code);
        Assert.Equal("mine", Assert.Single((await endpoint.Get()).Spec.Variants).Name);
    }

    [Fact]
    public async Task Abort_Running_GivesUnitsBackAndAnotherMayStart()
    {
        var (rollout, endpoint, _) = await Started("aborted", new RolloutSpec(new("ignored", "next", 1)));
        Assert.Equal("rollout-running", (await Condition.Refused(() => rollout.Start(new RolloutSpec(new("ignored", "next", 1))))).Code);

        Assert.Equal(("no good", RolloutStatus.RolledBack), ((await rollout.Abort("no good")).Reason, (await rollout.Get()).Status));
        Assert.Equal([100, 0], (await endpoint.Get()).Spec.Variants.Select(variant => variant.Weight));
        Assert.Equal(RolloutStatus.Running, (await rollout.Start(new RolloutSpec(new("ignored", "next", 1)))).Status);
        Assert.Equal(RolloutStatus.Completed, (await rollout.Promote()).Status);
        Assert.Equal([0, 100], (await endpoint.Get()).Spec.Variants.Select(variant => variant.Weight));
    }

    [Fact]
    public async Task Start_UnknownCandidate_IsRefusedAndOver()
    {
        await Registered("missing", "one");
        await Endpoint("missing").Deploy(new EndpointSpec([new VariantSpec("a", new("missing", "one", 1), 100)]));
        var rollout = factory.Grains.GetGrain<IRolloutGrain>("missing/e");

        Assert.Equal("model-version-not-found", (await Condition.Refused(() => rollout.Start(new RolloutSpec(new("ignored", "nowhere", 1))))).Code);
        Assert.Equal(RolloutStatus.RolledBack, (await rollout.Get()).Status);
    }

    [Fact]
    public async Task Sweep_RolloutDeactivated_GoesOn()
    {
        var (rollout, endpoint, traffic) = await Started("swept", new RolloutSpec(new("ignored", "next", 1), Steps: [20, 100], StepSeconds: 1, StepRequests: 30));
        await factory.Deactivate(rollout);
        await factory.Grains.GetGrain<IPendingWorkGrain>(IPendingWorkGrain.Key).Sweep();

        Assert.Equal(RolloutStatus.Completed, (await Condition.Until(() => Report(rollout, traffic, 0), seen => RolloutRules.Ended(seen))).Status);
        await Condition.Until(endpoint.Get, seen => seen.Spec.Variants[1].Weight == 100);
    }

    private async Task<(IRolloutGrain Rollout, IEndpointGrain Endpoint, IEndpointTrafficGrain Traffic)> Started(string tenant, RolloutSpec spec, string? operation = null)
    {
        await Registered(tenant, "one", "next");
        await Endpoint(tenant).Deploy(new EndpointSpec([new VariantSpec("a", new(tenant, "one", 1), 100)]));
        var rollout = factory.Grains.GetGrain<IRolloutGrain>($"{tenant}/e");
        var started = await rollout.Start(spec, operation);
        Assert.Equal((RolloutStatus.Running, 2L), (started.Status, started.Revision));
        return (rollout, Endpoint(tenant), factory.Grains.GetGrain<IEndpointTrafficGrain>($"{tenant}/e"));
    }

    private async Task<Rollout> Report(IRolloutGrain rollout, IEndpointTrafficGrain traffic, long errors)
    {
        await traffic.Report(new TrafficReport("g", ++_sequence, 1, [new("a", 100, 0, 1, 0.02, 0.05, 0, 0, 1), new("next-v1", 40, errors, 0.4, 0.008, 0.05, 0, 0, 1)]));
        return await rollout.Get();
    }

    private IEndpointGrain Endpoint(string tenant) => factory.Grains.GetGrain<IEndpointGrain>($"{tenant}/e");

    private async Task Registered(string tenant, params string[] models)
    {
        foreach (var model in models)
            await factory.Grains.GetGrain<IModelGrain>(new ModelKey(tenant, model).ToGrainKey()).Register(Samples.Registration(model, Samples.Evaluation()));
    }
}
