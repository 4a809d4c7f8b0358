using System.Text.Json;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;

namespace AiFactory.Domain.Tests.Endpoints;

public sealed class ServingRulesTests
{
    private static readonly EndpointKey Key = new("acme", "churn");
    private static readonly FallbackStep Fixed = new(FallbackKind.Default, Outputs: new Dictionary<string, JsonElement> { ["p"] = JsonElement.Parse("[0.5]") });

    public static TheoryData<ServingTerms, string> Wrong => new()
    {
        { new(LatencyObjectiveMs: 0), "objective" },
        { new(TimeoutMs: double.NaN), "timeout" },
        { new(Priority: (RequestPriority)9), "priority" },
        { new(Replicas: new(0)), "replicas" },
        { new(Replicas: new(3, 2)), "replicas" },
        { new(Breaker: new(ErrorFraction: 1.5)), "breaker" },
        { new(Breaker: new(RequestsMin: 0)), "breaker" },
        { new(Breaker: new(OpenSeconds: 0)), "pause" },
        { new(Hedge: new(AfterMs: 10_000)), "sent again" },
        { new(Hedge: new(FractionMax: 0)), "sent again" },
        { new(Cache: new(SecondsMax: -1)), "kept" },
        { new(Cache: new(BytesMax: 0)), "bytes" },
        { new(Fallbacks: [new(FallbackKind.Variant, "nobody")]), "nobody" },
        { new(Fallbacks: [new(FallbackKind.Variant, "b"), new(FallbackKind.Variant, "b")]), "twice" },
        { new(Fallbacks: [new(FallbackKind.Cached)]), "caches none" },
        { new(Fallbacks: [new(FallbackKind.Default)]), "no outputs" },
        { new(Fallbacks: [Fixed, new(FallbackKind.Variant, "b")]), "after the static default" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Check_OutOfRange_IsRefusedByName(ServingTerms terms, string says)
    {
        var refusal = EndpointRules.Check(Key, Spec(terms)).Refusal!;

        Assert.Equal(("serving-invalid", "churn"), (refusal.Code, refusal.Where));
        Assert.Contains(says, refusal.What, StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(refusal.Mend!);
    }

    [Fact]
    public void Check_EverythingStated_IsGranted() => Assert.True(EndpointRules.Check(Key, Spec(new(
        50, 500, RequestPriority.High, new(2, 4), new(0.1, 5, 1, 1), new(20), new(10, 1 << 20), [new(FallbackKind.Variant, "b"), new(FallbackKind.Cached), Fixed]))).Granted);

    [Fact]
    public void Check_NothingStated_IsTheDefault() => Assert.Equal(ServingTerms.Default, ServingRules.Check(Key, Spec(null)).OrThrow());

    [Fact]
    public void CheckModels_DefaultThatDoesNotFit_IsRefusedNamingTheVariant()
    {
        var wrong = new FallbackStep(FallbackKind.Default, Outputs: new Dictionary<string, JsonElement> { ["q"] = JsonElement.Parse("1") });
        var refusal = EndpointRules.CheckModels(Key, Spec(new(Fallbacks: [wrong])), [Model(), Model()]).Refusal!;

        Assert.Equal("default-invalid", refusal.Code);
        Assert.Contains("variant a", refusal.What, StringComparison.Ordinal);
        Assert.True(EndpointRules.CheckModels(Key, Spec(new(Fallbacks: [Fixed])), [Model(), Model()]).Granted);
    }

    [Fact]
    public void CheckModels_CacheOrHedgeForAModelWithMemory_IsRefused()
    {
        var remembering = Model() with { Signature = Model().Signature with { Sequence = [new("h", "hn")] } };

        Assert.Equal("serving-invalid", EndpointRules.CheckModels(Key, Spec(new(Cache: new())), [Model(), remembering]).Refusal!.Code);
        Assert.Equal("serving-invalid", EndpointRules.CheckModels(Key, Spec(new(Hedge: new())), [Model(), remembering]).Refusal!.Code);
        Assert.True(EndpointRules.CheckModels(Key, Spec(null), [Model(), remembering]).Granted);
    }

    [Theory]
    [InlineData(2, 0, true)]
    [InlineData(3, 8, false)]
    [InlineData(99, 0, false)]
    [InlineData(1, 99, true)]
    public void CheckReplicas_MoreThanThereAreWorkers_IsRefusedSayingHowManyAreMissing(int min, int max, bool granted)
    {
        var ruling = ServingRules.CheckReplicas(Key, Spec(new(Replicas: new(min, max))), null, [100, 2]);

        Assert.Equal(granted, ruling.Granted);
        if (!granted)
        {
            Assert.Equal(("replicas-too-many", "churn"), (ruling.Refusal!.Code, ruling.Refusal.Where));
            Assert.Contains($"Variant b is to have {min} replicas at least, and 2 workers have its model: {min - 2} are missing.", ruling.Refusal.What, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void CheckReplicas_GrantedBefore_IsNotAskedAgainWhileAWorkerIsAway()
    {
        var present = EndpointRules.Deploy(null, Key, Spec(new(Replicas: new(3))), DateTimeOffset.UnixEpoch);

        Assert.True(ServingRules.CheckReplicas(Key, Spec(new(Replicas: new(3))), present, [2, 2]).Granted);
        Assert.False(ServingRules.CheckReplicas(Key, Spec(new(Replicas: new(4))), present, [2, 2]).Granted);
        Assert.False(ServingRules.CheckReplicas(Key, Spec(new(Replicas: new(3))), present with { Deployed = false }, [2, 2]).Granted);
    }

    [Fact]
    public void Build_Route_CarriesTheTerms()
    {
        var terms = new ServingTerms(LatencyObjectiveMs: 7);
        var endpoint = EndpointRules.Deploy(null, Key, Spec(terms), DateTimeOffset.UnixEpoch);

        Assert.Same(terms, RouteRules.Build(endpoint, [Model(), Model()], [[], []]).Serving);
    }

    private static EndpointSpec Spec(ServingTerms? terms) =>
        new([new("a", new("acme", "m", 1), 100), new("b", new("acme", "m", 2), 0)], Serving: terms);

    private static ModelVersion Model() => new(
        "m", 1, new string('a', 64), 1, new ModelSignature([new TensorSpec("x", TensorDataType.Fp32, [1])], [new TensorSpec("p", TensorDataType.Fp32, [1])]),
        null, new ModelOrigin(null, null, null, "1"), "mlp", new Dictionary<string, string>(), null, new GateReport(true, []), default);
}
