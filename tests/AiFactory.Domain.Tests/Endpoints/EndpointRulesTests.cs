using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Tests.Endpoints;

public sealed class EndpointRulesTests
{
    private static readonly EndpointKey Key = new("acme", "churn");

    [Theory]
    [InlineData(50, 50, true)]
    [InlineData(0, 100, true)]
    [InlineData(33.3, 66.7, true)]
    [InlineData(50, 49, false)]
    [InlineData(-1, 101, false)]
    [InlineData(double.NaN, 100, false)]
    public void Check_Weights_SumToHundred(double a, double b, bool granted) =>
        Assert.Equal(granted, EndpointRules.Check(Key, Spec(("a", a), ("b", b))).Granted);

    [Fact]
    public void Check_Models_AreTheTenantsOwn() =>
        Assert.Equal("acme", EndpointRules.Check(Key, Spec(("a", 100))).OrThrow().Variants[0].Model.Tenant);

    [Fact]
    public void Check_BadNamesAndCounts_AreRefused()
    {
        Assert.Equal("endpoint-invalid", EndpointRules.Check(Key, Spec(("a", 50), ("a", 50))).Refusal!.Code);
        Assert.Equal("endpoint-invalid", EndpointRules.Check(Key, Spec()).Refusal!.Code);
        Assert.Equal("name-invalid", EndpointRules.Check(Key, Spec(("A!", 100))).Refusal!.Code);
        Assert.Equal("name-invalid", EndpointRules.Check(new EndpointKey("acme", "Bad"), Spec(("a", 100))).Refusal!.Code);
    }

    [Fact]
    public void CheckModels_GateAndLikeness_AreHeld()
    {
        var spec = Spec(("a", 50), ("b", 50));
        var good = Model("age", "no", passed: true);
        Assert.True(EndpointRules.CheckModels(Key, spec, [good, Model("age", "no", passed: true)]).Granted);
        Assert.Equal("model-version-gated", EndpointRules.CheckModels(Key, spec, [good, Model("age", "no", passed: false)]).Refusal!.Code);
        Assert.Equal("variants-differ", EndpointRules.CheckModels(Key, spec, [good, Model("calls", "no", passed: true)]).Refusal!.Code);
        Assert.Equal("variants-differ", EndpointRules.CheckModels(Key, spec, [good, Model("age", "nein", passed: true)]).Refusal!.Code);
    }

    [Fact]
    public void Deploy_AfterUndeploy_GoesOnInRevisionsWithTheSameSalt()
    {
        var first = EndpointRules.Deploy(null, Key, Spec(("a", 100)), DateTimeOffset.UnixEpoch);
        var gone = EndpointRules.Undeploy(first, Key).OrThrow();
        var third = EndpointRules.Deploy(gone, Key, Spec(("b", 100)), DateTimeOffset.UnixEpoch);

        Assert.Equal((1L, 2L, 3L), (first.Revision, gone.Revision, third.Revision));
        Assert.Equal((false, true, first.Salt), (gone.Deployed, third.Deployed, third.Salt));
        Assert.Same(gone, EndpointRules.Undeploy(gone, Key).OrThrow());
        Assert.Equal("endpoint-not-found", EndpointRules.Undeploy(null, Key).Refusal!.Code);
    }

    [Fact]
    public void Build_AnyWeights_CoverEveryBucketOnce()
    {
        var spec = Spec(("a", 33.3), ("b", 0), ("c", 33.3), ("d", 33.4));
        var endpoint = EndpointRules.Deploy(null, Key, spec, DateTimeOffset.UnixEpoch);
        var model = Model("age", "no", passed: true);
        var route = RouteRules.Build(endpoint, [model, model, model, model], [[], [], [], []]);

        for (var bucket = 0; bucket < 10_000; bucket++)
        {
            var point = bucket / 10_000.0;
            Assert.Single(route.Variants, variant => variant.From <= point && point < variant.To);
        }

        Assert.Equal((0.0, 1.0), (route.Variants[0].From, route.Variants[^1].To));
    }

    [Fact]
    public void Route_ReplicasOfManyModels_AreSpreadAndOneIsActive()
    {
        var workers = Enumerable.Range(0, 4).Select(i => new WorkerKey($"silo-{i / 2}", $"cpu-{i % 2}")).ToArray();
        var first = Enumerable.Range(1, 400).Select(version => ReplicaOrder.Of(new("acme", "m", version), workers)[0]).CountBy(worker => worker).ToDictionary();

        Assert.All(workers, worker => Assert.InRange(first[worker], 60, 140));

        Assert.Equal((1, 4), (Build(null).Active, Build(null).Replicas.Distinct().Count()));
        Assert.Equal(3, Build(new(Replicas: new(Min: 3))).Active);

        VariantRoute Build(ServingTerms? serving) => RouteRules.Build(
            EndpointRules.Deploy(null, Key, Spec(("a", 100)) with { Serving = serving }, DateTimeOffset.UnixEpoch), [Model("age", "no", passed: true)], [workers]).Variants.Single();
    }

    [Fact]
    public void ReplicaOrder_AWorkerGoes_TheOthersKeepTheirOrder()
    {
        var workers = Enumerable.Range(0, 8).Select(i => new WorkerKey($"silo-{i}", "gpu")).ToArray();
        var before = ReplicaOrder.Of(new("acme", "m", 1), workers);

        Assert.Equal(before.Where(worker => worker != before[2]), ReplicaOrder.Of(new("acme", "m", 1), workers.Reverse().Where(worker => worker != before[2])));
    }

    [Fact]
    public void Scale_KnownVariant_SetsActiveWithinItsReplicas()
    {
        var model = Model("age", "no", passed: true);
        var route = RouteRules.Build(EndpointRules.Deploy(null, Key, Spec(("a", 50), ("b", 50)), default), [model, model], [[new("s", "0"), new("s", "1")], [new("s", "0")]]);

        Assert.Equal([0, 1], RouteRules.Scale(RouteRules.Scale(route, "a", 2), "a", 0).Variants.Select(variant => variant.Active));
        Assert.Equal(2, RouteRules.Scale(route, "a", 9).Variants[0].Active);
        Assert.Same(route, RouteRules.Scale(route, "none", 1));
        var one = RouteRules.Scale(route, "a", 1);
        Assert.Same(one, RouteRules.Scale(one, "a", 1));
    }

    private static EndpointRoute Route(string endpoint, long revision) => new(endpoint, revision, "s", null, Durability.PageCache, [], null);

    private static EndpointSpec Spec(params (string Name, double Weight)[] variants) => new(
        [.. variants.Select(variant => new VariantSpec(variant.Name, new ModelVersionKey("other", "m", 1), variant.Weight))], "id", new DecisionEconomy(1, 2, 3, 4));

    private static ModelVersion Model(string input, string negative, bool passed) => new(
        "m", 1, new string('a', 64), 1, new ModelSignature([new TensorSpec(input, TensorDataType.Fp32, [1])], [new TensorSpec("p", TensorDataType.Fp32, [1])]),
        new BinaryClasses("p", negative, "yes"), new ModelOrigin(null, null, null, "1"), "mlp", new Dictionary<string, string>(), null, new GateReport(passed, ["found"]), default);
}
