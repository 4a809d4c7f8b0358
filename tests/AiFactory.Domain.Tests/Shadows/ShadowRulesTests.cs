using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Rollouts;
using AiFactory.Domain.Shadows;

namespace AiFactory.Domain.Tests.Shadows;

public sealed class ShadowRulesTests
{
    private static readonly EndpointKey Key = new("acme", "churn");
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(1);

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.009, false)]
    [InlineData(0.01, true)]
    [InlineData(100, true)]
    [InlineData(100.1, false)]
    [InlineData(-1, false)]
    [InlineData(double.NaN, false)]
    [InlineData(double.PositiveInfinity, false)]
    public void Check_Percent_IsAShareThatSamplingKnows(double percent, bool granted) =>
        Assert.Equal(granted, EndpointRules.Check(Key, Spec(new ShadowSpec("s", new("", "m", 2), percent))).Granted);

    [Fact]
    public void Check_Shadows_AreTheTenantsOwnAndNoneIsNull()
    {
        Assert.Equal("acme", EndpointRules.Check(Key, Spec(Shadow("s", 2))).OrThrow().Shadows!.Single().Model.Tenant);
        Assert.Null(EndpointRules.Check(Key, Spec()).OrThrow().Shadows);
    }

    [Fact]
    public void Check_WhatCannotBeToldApartOrCompared_IsRefused()
    {
        Assert.Contains("called a", Refused(Shadow("a", 2)), StringComparison.Ordinal);
        Assert.Contains("called s", Refused(Shadow("s", 2), Shadow("s", 3)), StringComparison.Ordinal);
        Assert.Contains("variant a answers with", Refused(Shadow("s", 1)), StringComparison.Ordinal);
        Assert.Contains("5 shadows", Refused([.. Enumerable.Range(2, 5).Select(version => Shadow($"s{version}", version))]), StringComparison.Ordinal);
        Assert.Equal("name-invalid", EndpointRules.Check(Key, Spec(Shadow("Not!", 2))).Refusal!.Code);

        string Refused(params ShadowSpec[] shadows) => EndpointRules.Check(Key, Spec(shadows)).Refusal is { Code: "endpoint-invalid" } refusal ? refusal.What : "";
    }

    [Fact]
    public void CheckModels_SignatureGateAndMemory_AreHeld()
    {
        var spec = Spec(Shadow("s", 2));
        var plain = Model();
        Assert.True(Check(plain, plain).Granted);
        Assert.Equal("model-version-gated", Check(plain, plain with { QualityGate = new(false, ["bad"]) }).Refusal!.Code);
        Assert.Equal("shadow-differs", Check(plain, Model(input: "other")).Refusal!.Code);
        Assert.Equal("shadow-differs", Check(plain, Model(output: "other")).Refusal!.Code);
        Assert.Equal("shadow-differs", Check(plain, plain with { Signature = plain.Signature with { Batched = false } }).Refusal!.Code);
        Assert.Equal("shadow-differs", Check(plain, plain with { Classes = new("y", "no", "yes") }).Refusal!.Code);
        Assert.Equal("shadow-with-memory", Check(plain, plain with { Signature = plain.Signature with { Sequence = [new("s", "n")] } }).Refusal!.Code);

        // Models of two classes are compared by those, whatever their tensors are called.
        Assert.True(Check(plain with { Classes = new("y", "no", "yes") }, Model(output: "other") with { Classes = new("other", "no", "yes") }).Granted);

        Domain.Refusals.Ruling<IReadOnlyList<ModelVersion>> Check(ModelVersion variant, ModelVersion shadow) => ShadowRules.CheckModels(spec, [variant], [shadow]);
    }

    [Fact]
    public void Build_Shadows_HaveNoShareAndOneReplica()
    {
        var spec = EndpointRules.Check(Key, Spec(Shadow("s", 2, 10))).OrThrow();
        var route = RouteRules.Build(EndpointRules.Deploy(null, Key, spec, Now), [Model()], [[new("silo", "cpu-0")]], [Model()], [[new("silo", "cpu-0"), new("silo", "cpu-1")]]);

        var shadow = Assert.Single(route.Shadows!);
        Assert.Equal((10.0, "s", 0.0, 0.0, 1, 2), (shadow.Percent, shadow.Variant.Name, shadow.Variant.From, shadow.Variant.To, shadow.Variant.Active, shadow.Variant.Replicas.Count));
        Assert.Single(route.Variants);
    }

    [Fact]
    public void Promote_Shadow_BecomesTheVariantWithAllWeight()
    {
        var endpoint = EndpointRules.Deploy(null, Key, EndpointRules.Check(Key, Spec(Shadow("s", 2), Shadow("t", 3))).OrThrow(), Now);

        var promoted = EndpointSwitches.Promote(endpoint, Key, "s").OrThrow();

        Assert.Equal([("a", 0.0), ("s", 100.0)], promoted.Variants.Select(variant => (variant.Name, variant.Weight)));
        Assert.Equal("t", Assert.Single(promoted.Shadows!).Name);
        Assert.True(EndpointRules.Check(Key, promoted).Granted);
        Assert.Contains("a, s, t", EndpointSwitches.Promote(endpoint, Key, "none").Refusal!.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public void Deployment_CandidateWasAShadow_IsOneNoMore()
    {
        var endpoint = EndpointRules.Deploy(null, Key, EndpointRules.Check(Key, Spec(Shadow("s", 2), Shadow("t", 3))).OrThrow(), Now);
        var rollout = RolloutRules.Begin(null, Key, endpoint, new RolloutSpec(new("acme", "m", 2), Variant: "s"), Now).OrThrow();

        var deployment = EndpointRules.Check(Key, RolloutRules.Deployment(rollout, endpoint.Spec)).OrThrow();

        Assert.Equal(["a", "s"], deployment.Variants.Select(variant => variant.Name));
        Assert.Equal("t", Assert.Single(deployment.Shadows!).Name);
    }

    [Fact]
    public void Observe_Reports_AddUpWithinARevision()
    {
        var book = ShadowRules.Observe(ShadowBook.Empty, [Told("s", "a", 2, 10, 4)], Now);
        book = ShadowRules.Observe(book, [Told("s", "a", 2, 10, 6), Told("s", "b", 2, 1, 0)], Now.AddHours(1));

        Assert.Equal((2L, Now), (book.Revision, book.Since));
        Assert.Equal([("a", 20L, 10L), ("b", 1L, 0L)], book.Compared.Select(one => (one.Variant, one.Figures.Rows, one.Figures.RowsAgreed)).OrderBy(one => one.Variant));
        Assert.Same(book, ShadowRules.Observe(book, null, Now));
        Assert.Same(book, ShadowRules.Observe(book, [Told("s", "a", 1, 5, 5)], Now));
        var next = ShadowRules.Observe(book, [Told("s", "a", 3, 5, 5)], Now.AddHours(2));
        Assert.Equal((3L, Now.AddHours(2), 5L), (next.Revision, next.Since, Assert.Single(next.Compared).Figures.Rows));
    }

    [Fact]
    public void Report_Figures_AreThePresentRevisionsOnly()
    {
        var endpoint = EndpointRules.Deploy(null, Key, EndpointRules.Check(Key, Spec(Shadow("s", 2, 5))).OrThrow(), Now);
        var figures = ShadowFigures.None with { Mirrored = 5, Errors = 1, Rows = 4, RowsAgreed = 3, RowsIdentical = 1, Numbers = 8, DifferenceSum = 2, DifferenceMax = 1, LatencySum = 0.4, PrimaryLatencySum = 0.2 };
        var book = new ShadowBook(1, Now, [new("s", "a", 1, AgreementMeasure.Label, figures)]);

        var standing = Assert.Single(ShadowRules.Report(endpoint, book).Shadows);
        var compared = Assert.Single(standing.Compared);

        Assert.Equal(("s", 2, 5.0), (standing.Name, standing.Model.Version, standing.Percent));
        Assert.Equal((0.75, 0.25, 0.25, 1.0, 0.2), (compared.Agreement, compared.Identical, compared.MeanDifference, compared.MaxDifference, compared.ErrorShare));
        Assert.Equal((0.1, 0.05), (compared.MeanLatency, compared.PrimaryMeanLatency));
        Assert.Empty(Assert.Single(ShadowRules.Report(endpoint with { Revision = 2 }, book).Shadows).Compared);
        Assert.Empty(ShadowRules.Report(endpoint with { Deployed = false }, book).Shadows);
        var unanswered = ShadowComparison.Of(new("s", "a", 1, AgreementMeasure.Label, ShadowFigures.None with { Dropped = 3 }));
        Assert.Equal((null, null, null), (unanswered.Agreement, unanswered.MeanLatency, unanswered.MaxDifference));
    }

    private static ShadowSpec Shadow(string name, int version, double percent = 100) => new(name, new("other", "m", version), percent);

    private static ShadowTraffic Told(string shadow, string variant, long revision, long rows, long agreed) =>
        new(shadow, variant, revision, AgreementMeasure.Label, ShadowFigures.None with { Rows = rows, RowsAgreed = agreed });

    private static EndpointSpec Spec(params ShadowSpec[] shadows) => new([new VariantSpec("a", new("acme", "m", 1), 100)], Shadows: shadows);

    private static ModelVersion Model(string input = "x", string output = "y") => new(
        "m", 2, "sha", 1, new([new(input, TensorDataType.Fp32, [1])], [new(output, TensorDataType.Fp32, [1])]), null, new(null, null, "f", "c"), "imported",
        new Dictionary<string, string>(), null, new(true, []), Now);
}
