using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Models;
using AiFactory.Domain.Shadows;
using AiFactory.Domain.Traffic;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Models;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Tests.Doubles;

namespace AiFactory.Grains.Tests.Endpoints;

[Collection(FactoryClusterDefinition.Name)]
public sealed class EndpointGrainTests(FactoryCluster factory)
{
    [Fact]
    public async Task Deploy_TwoVariants_LoadsAndPublishesRoute()
    {
        await Registered("t1", "left", "right");
        var endpoint = Endpoint("t1", "two");
        await endpoint.Deploy(Spec(("a", "left", 30), ("b", "right", 70)) with { KeyField = "id", Economy = new DecisionEconomy(1, -1, 0, -2) });
        await factory.Deactivate(endpoint);
        await factory.Deactivate(Table("t1"));

        var kept = await endpoint.Get();
        var route = Assert.Single((await Table("t1").Watch(0)).Routes);

        Assert.Equal((1L, true, "t1/two"), (kept.Revision, kept.Deployed, kept.Salt));
        Assert.Equal([(0.0, 0.3), (0.3, 1.0)], route.Variants.Select(variant => (variant.From, variant.To)));
        Assert.Equal(["bench/cpu-0", "bench/cpu-1"], route.Variants[1].Replicas.Select(worker => worker.ToGrainKey()));
        Assert.True(factory.Workers.Loaded.ContainsKey(("bench/cpu-0", "t1/right/1")));
        Assert.Equal("no", route.Variants[0].Classes!.Negative);
        Assert.Contains("two", await factory.Grains.GetGrain<IEndpointCatalogGrain>("t1").List());
    }

    [Fact]
    public async Task Deploy_Shadow_IsLoadedRoutedComparedAndPromoted()
    {
        await Registered("t29", "one", "next");
        var endpoint = Endpoint("t29", "shadowed");
        await endpoint.Deploy(Spec(("a", "one", 100)) with { Shadows = new[] { new ShadowSpec("s", new("ignored", "next", 1), 10) } });
        var traffic = factory.Grains.GetGrain<IEndpointTrafficGrain>("t29/shadowed");
        var shadows = factory.Grains.GetGrain<IEndpointShadowGrain>("t29/shadowed");
        var told = new ShadowTraffic("s", "a", 1, AgreementMeasure.Label, ShadowFigures.None with { Mirrored = 4, Rows = 4, RowsAgreed = 3 });
        await traffic.Report(new("g", 1, 1, Array.Empty<VariantTraffic>(), "", new[] { told }));
        await traffic.Report(new("g", 1, 1, Array.Empty<VariantTraffic>(), "", new[] { told }));
        await factory.Deactivate(endpoint);
        await factory.Deactivate(shadows);
        await factory.Deactivate(Table("t29"));

        var route = Assert.Single(Assert.Single((await Table("t29").Watch(0)).Routes).Shadows!);
        var standing = Assert.Single((await shadows.Report()).Shadows);

        Assert.Equal((10.0, "s", 0.0, 0.0, 1), (route.Percent, route.Variant.Name, route.Variant.From, route.Variant.To, route.Variant.Active));
        Assert.Equal(2, route.Variant.Replicas.Count);
        Assert.True(factory.Workers.Loaded.ContainsKey(("bench/cpu-0", "t29/next/1")));
        Assert.Equal((0.75, 4L), Assert.Single(standing.Compared) is var compared ? (compared.Agreement, compared.Figures.Mirrored) : default);

        var promoted = await endpoint.Promote("s");
        Assert.Equal([("a", 0.0), ("s", 100.0)], promoted.Spec.Variants.Select(variant => (variant.Name, variant.Weight)));
        Assert.Null(Assert.Single((await Table("t29").Watch(0)).Routes).Shadows);
        Assert.Empty((await shadows.Report()).Shadows);
    }

    [Fact]
    public async Task Deploy_Again_BumpsRevisionAndKeepsSalt()
    {
        await Registered("t2", "one");
        var endpoint = Endpoint("t2", "again");
        await endpoint.Deploy(Spec(("a", "one", 100)));
        await factory.Deactivate(endpoint);
        var second = await endpoint.Deploy(Spec(("b", "one", 100)));

        Assert.Equal((2L, "t2/again"), (second.Revision, second.Salt));
        Assert.Equal("b", Assert.Single(Assert.Single((await Table("t2").Watch(0)).Routes).Variants).Name);
    }

    [Fact]
    public async Task Report_QueuesTooLong_GrowsWithinTheBoundsAndBackWhenTheyNarrow()
    {
        await Registered("t9", "one");
        var endpoint = Endpoint("t9", "busy");
        var traffic = factory.Grains.GetGrain<IEndpointTrafficGrain>("t9/busy");
        await endpoint.Deploy(Spec(("a", "one", 100)));
        Assert.Equal(1, (await endpoint.Get()).Active!["a"]);

        var sequence = 0L;
        await Condition.Until(
            async () =>
            {
                await traffic.Report(new("g", ++sequence, 1, [new VariantTraffic("a", 10, 0, 1, 0.1, 0.1, 0.5, 0.1, 1)]));
                return (await endpoint.Get()).Active!["a"];
            },
            active => active == 2);
        await factory.Deactivate(endpoint);
        await factory.Deactivate(Table("t9"));
        Assert.Equal(2, (await endpoint.Get()).Active!["a"]);
        Assert.Equal(2, Assert.Single(Assert.Single((await Table("t9").Watch(0)).Routes).Variants).Active);

        await endpoint.Deploy(Spec(("a", "one", 100)) with { Serving = new ServingTerms(Replicas: new ReplicaBounds(1, 1)) });
        await endpoint.Scale("a", 2);
        await factory.Deactivate(traffic);
        await traffic.Report(new("g", ++sequence, 1, [new VariantTraffic("a", 10, 0, 1, 0.1, 0.1, 0.5, 0.1, 1)]));
        Assert.Equal(1, (await endpoint.Get()).Active!["a"]);
    }

    [Fact]
    public async Task Deploy_MoreReplicasThanWorkers_IsRefusedAndChangesNothing()
    {
        await Registered("t20", "one");
        var endpoint = Endpoint("t20", "many");
        var plain = Spec(("a", "one", 100));
        await endpoint.Deploy(plain);

        var refusal = await Condition.Refused(() => endpoint.Deploy(plain with { Serving = new ServingTerms(Replicas: new ReplicaBounds(99)) }));

        Assert.Equal(("replicas-too-many", "many"), (refusal.Code, refusal.Where));
        Assert.Contains("2 workers have its model: 97 are missing", refusal.What, StringComparison.Ordinal);
        await factory.Deactivate(endpoint);
        Assert.Equal(1, (await endpoint.Get()).Revision);
        Assert.Equal(2, (await endpoint.Deploy(plain with { Serving = new ServingTerms(Replicas: new ReplicaBounds(2, 99)) })).Revision);
    }

    [Fact]
    public async Task Undeploy_ModelsThatNoRouteUses_AreReleasedByTheirWorkers()
    {
        await Registered("t19", "alone", "shared");
        var (first, second) = (Endpoint("t19", "first"), Endpoint("t19", "second"));
        await first.Deploy(Spec(("a", "alone", 50), ("b", "shared", 50)));
        await second.Deploy(Spec(("a", "shared", 100)));

        await first.Undeploy();

        await Condition.Until(() => !factory.Workers.Loaded.Keys.Any(loaded => loaded.Model == "t19/alone/1"));
        Assert.Contains(("bench/cpu-0", "t19/shared/1"), factory.Workers.Loaded.Keys);
    }

    [Fact]
    public async Task Undeploy_Deployed_WithdrawsRouteAndDeployBringsItBack()
    {
        await Registered("t3", "one");
        var endpoint = Endpoint("t3", "gone");
        await endpoint.Deploy(Spec(("a", "one", 100)));

        var undeployed = await endpoint.Undeploy();

        Assert.Equal((2L, false), (undeployed.Revision, undeployed.Deployed));
        Assert.Empty((await Table("t3").Watch(0)).Routes);
        Assert.Equal(2, (await endpoint.Undeploy()).Revision);
        Assert.Equal(3, (await endpoint.Deploy(Spec(("a", "one", 100)))).Revision);
        Assert.Single((await Table("t3").Watch(0)).Routes);
    }

    [Fact]
    public async Task Deploy_VersionBelowGate_IsRefused()
    {
        await factory.Grains.GetGrain<IModelGrain>("t4/weak").Register(Samples.Registration("w4", Samples.Evaluation(auc: 0.5)));
        Assert.Equal("model-version-gated", (await Condition.Refused(() => Endpoint("t4", "weak").Deploy(Spec(("a", "weak", 100))))).Code);
        Assert.Equal("endpoint-not-found", (await Condition.Refused(Endpoint("t4", "weak").Get)).Code);
    }

    [Fact]
    public async Task Deploy_OtherInputs_IsRefused()
    {
        await Registered("t5", "narrow");
        var wide = new ModelSignature([.. Samples.Signature.Inputs, new TensorSpec("calls", TensorDataType.Fp32, [1])], Samples.Signature.Outputs);
        await factory.Grains.GetGrain<IModelGrain>("t5/wide").Register(Samples.Registration("wide", null, wide));
        Assert.Equal("variants-differ", (await Condition.Refused(() => Endpoint("t5", "mixed").Deploy(Spec(("a", "narrow", 50), ("b", "wide", 50))))).Code);
    }

    [Fact]
    public async Task Deploy_CorruptArtifact_CarriesWorkersRefusal()
    {
        await Registered("t6", "corrupt");
        factory.Workers.Corrupt["corrupt@1"] = 1;
        Assert.Equal("artifact-corrupt", (await Condition.Refused(() => Endpoint("t6", "bad").Deploy(Spec(("a", "corrupt", 100))))).Code);
    }

    [Fact]
    public async Task Deploy_UnknownModel_IsRefused() =>
        Assert.Equal("model-version-not-found", (await Condition.Refused(() => Endpoint("t7", "none").Deploy(Spec(("a", "nowhere", 100))))).Code);

    [Fact]
    public async Task Deploy_AnotherTenantsModel_IsNotFound()
    {
        await Registered("t8", "mine");
        var spec = new EndpointSpec([new VariantSpec("a", new ModelVersionKey("t8", "mine", 1), 100)]);
        Assert.Equal("model-version-not-found", (await Condition.Refused(() => Endpoint("t9", "theirs").Deploy(spec))).Code);
    }

    [Fact]
    public async Task Deploy_OneWorkerSilent_UsesTheOther()
    {
        await Registered("t10", "one");
        factory.Workers.SilentWorkers["bench/cpu-1"] = 1;
        try
        {
            await Endpoint("t10", "half").Deploy(Spec(("a", "one", 100)));
        }
        finally
        {
            factory.Workers.SilentWorkers.Clear();
        }

        var route = Assert.Single((await Table("t10").Watch(0)).Routes);
        Assert.Equal(["bench/cpu-0"], route.Variants[0].Replicas.Select(worker => worker.ToGrainKey()));
    }

    [Fact]
    public async Task Scale_Variant_PublishesReplicasWithinTheRevision()
    {
        await Registered("t11", "one");
        var endpoint = Endpoint("t11", "scaled");
        await endpoint.Deploy(Spec(("a", "one", 100)));
        // Where it stands at first is the deployment's choice.
        var target = Assert.Single((await Table("t11").Watch(0)).Routes).Variants[0].Active == 2 ? 1 : 2;

        var scaled = await endpoint.Scale("a", target);
        await factory.Deactivate(endpoint);
        await factory.Deactivate(Table("t11"));

        var route = Assert.Single((await Table("t11").Watch(0)).Routes);
        Assert.Equal((1L, 2L, target), (route.Revision, route.Generation, route.Variants[0].Active));
        Assert.Equal(2, scaled.Generation);
        Assert.Equal(2, (await endpoint.Scale("a", target)).Generation);
        Assert.Equal(2, (await endpoint.Scale("none", 1)).Generation);
    }

    [Fact]
    public async Task Stop_ThenDeploy_IsPublishedAndStandsUntilStarted()
    {
        await Registered("t12", "one");
        var endpoint = Endpoint("t12", "killed");
        await endpoint.Deploy(Spec(("a", "one", 100)));

        var stopped = await endpoint.Stop("fire");
        await factory.Deactivate(endpoint);
        await factory.Deactivate(Table("t12"));

        Assert.Equal((1L, "fire"), (stopped.Revision, stopped.Suspended));
        Assert.Equal("fire", Assert.Single((await Table("t12").Watch(0)).Routes).Suspended);
        await endpoint.Deploy(Spec(("a", "one", 100)));
        Assert.Equal("fire", Assert.Single((await Table("t12").Watch(0)).Routes).Suspended);
        Assert.Null((await endpoint.Start()).Suspended);
        Assert.Null(Assert.Single((await Table("t12").Watch(0)).Routes).Suspended);
        Assert.Equal("stop-reason-missing", (await Condition.Refused(() => endpoint.Stop(""))).Code);
    }

    [Fact]
    public async Task Rollback_EarlierRevision_DeploysItsSpecAnew()
    {
        await Registered("t13", "left", "right");
        var endpoint = Endpoint("t13", "back");
        await endpoint.Deploy(Spec(("a", "left", 100)));
        await endpoint.Deploy(Spec(("a", "right", 100)));
        await factory.Deactivate(endpoint);

        Assert.Equal([1L, 2L], (await endpoint.History()).Select(revision => revision.Revision));
        var back = await endpoint.Rollback(null);
        Assert.Equal((3L, "left"), (back.Revision, back.Spec.Variants[0].Model.Model));
        Assert.Equal("right", (await endpoint.Rollback(2)).Spec.Variants[0].Model.Model);
        Assert.Equal("endpoint-revision-not-found", (await Condition.Refused(() => endpoint.Rollback(9))).Code);
        Assert.Equal([1L, 2L, 3L, 4L], (await endpoint.History()).Select(revision => revision.Revision));
    }

    [Fact]
    public async Task Deploy_SameOperationAgain_IsOneRevision()
    {
        await Registered("t40", "one", "two");
        var endpoint = Endpoint("t40", "once");
        await endpoint.Deploy(Spec(("a", "one", 100)), "op-1");
        await factory.Deactivate(endpoint);
        await endpoint.Deploy(Spec(("a", "one", 100)), "op-1");
        await endpoint.Deploy(Spec(("a", "two", 100)), "op-2");

        var rolledBack = await endpoint.Rollback(null, "op-3");
        await factory.Deactivate(endpoint);
        var again = await endpoint.Rollback(null, "op-3");

        Assert.Equal((3L, "one"), (rolledBack.Revision, rolledBack.Spec.Variants[0].Model.Model));
        Assert.Equal((3L, "one"), (again.Revision, again.Spec.Variants[0].Model.Model));
    }

    [Fact]
    public async Task Promote_GreenBesideBlue_SwitchesAllWeightAndBack()
    {
        await Registered("t14", "left", "right");
        var endpoint = Endpoint("t14", "bluegreen");
        await endpoint.Deploy(Spec(("blue", "left", 100), ("green", "right", 0)));

        await endpoint.Promote("green");
        Assert.Equal([(0.0, 0.0), (0.0, 1.0)], Assert.Single((await Table("t14").Watch(0)).Routes).Variants.Select(variant => (variant.From, variant.To)));
        await endpoint.Promote("blue");
        Assert.Equal([(0.0, 1.0), (1.0, 1.0)], Assert.Single((await Table("t14").Watch(0)).Routes).Variants.Select(variant => (variant.From, variant.To)));
        Assert.Equal(3, (await endpoint.Promote("blue")).Revision);
        Assert.Equal("green", (await endpoint.Rollback(null)).Spec.Variants.Single(variant => variant.Weight > 0).Name);
        Assert.Equal("variant-not-found", (await Condition.Refused(() => endpoint.Promote("red"))).Code);
    }

    [Fact]
    public async Task Shift_StaleRevision_IsRefused()
    {
        await Registered("t15", "one");
        var endpoint = Endpoint("t15", "shifted");
        await endpoint.Deploy(Spec(("a", "one", 100), ("b", "one", 0)));

        var shifted = await endpoint.Shift(1, new Dictionary<string, double> { ["a"] = 90, ["b"] = 10 });
        Assert.Equal((1L, 2L, true), (shifted.Revision, shifted.Generation, shifted.Shifted));
        Assert.Equal(0.9, Assert.Single((await Table("t15").Watch(0)).Routes).Variants[1].From);
        await endpoint.Deploy(Spec(("a", "one", 100), ("b", "one", 0)));
        Assert.Equal("endpoint-revision-stale", (await Condition.Refused(() => endpoint.Shift(1, new Dictionary<string, double>()))).Code);
    }

    private static EndpointSpec Spec(params (string Variant, string Model, double Weight)[] variants) =>
        new([.. variants.Select(variant => new VariantSpec(variant.Variant, new ModelVersionKey("ignored", variant.Model, 1), variant.Weight))]);

    private IEndpointGrain Endpoint(string tenant, string name) => factory.Grains.GetGrain<IEndpointGrain>($"{tenant}/{name}");

    private IRoutingTableGrain Table(string tenant) => factory.Grains.GetGrain<IRoutingTableGrain>(tenant);

    private async Task Registered(string tenant, params string[] models)
    {
        foreach (var model in models)
            await factory.Grains.GetGrain<IModelGrain>($"{tenant}/{model}").Register(Samples.Registration(model, Samples.Evaluation()));
    }
}
