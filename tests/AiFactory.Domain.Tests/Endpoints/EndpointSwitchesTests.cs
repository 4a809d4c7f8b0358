using AiFactory.Domain.Endpoints;

namespace AiFactory.Domain.Tests.Endpoints;

public sealed class EndpointSwitchesTests
{
    private static readonly EndpointKey Key = new("t", "e");
    private static readonly EndpointSpec Spec = new([new VariantSpec("a", new("t", "m", 1), 100), new VariantSpec("b", new("t", "m", 2), 0)]);

    [Fact]
    public void Stop_ThenDeployAndStart_StandsUntilStarted()
    {
        var endpoint = EndpointRules.Deploy(null, Key, Spec, default);
        var stopped = EndpointSwitches.Stop(endpoint, Key, "fire").OrThrow();

        Assert.Equal((1L, 2L, "fire"), (stopped.Revision, stopped.Generation, stopped.Suspended));
        Assert.Same(stopped, EndpointSwitches.Stop(stopped, Key, "fire").OrThrow());
        Assert.Equal("fire", EndpointRules.Deploy(stopped, Key, Spec, default).Suspended);
        var started = EndpointSwitches.Start(stopped, Key).OrThrow();
        Assert.Equal((3L, null), (started.Generation, started.Suspended));
        Assert.Same(started, EndpointSwitches.Start(started, Key).OrThrow());
        Assert.Equal("stop-reason-missing", EndpointSwitches.Stop(endpoint, Key, " ").Refusal!.Code);
        Assert.Equal("endpoint-not-found", EndpointSwitches.Stop(null, Key, "x").Refusal!.Code);
    }

    [Fact]
    public void Shift_PresentRevision_ChangesWeightsOnly()
    {
        var endpoint = EndpointRules.Deploy(null, Key, Spec, default);
        var shifted = EndpointSwitches.Shift(endpoint, Key, 1, new Dictionary<string, double> { ["a"] = 75, ["b"] = 25 }).OrThrow();

        Assert.Equal((1L, 2L, true), (shifted.Revision, shifted.Generation, shifted.Shifted));
        Assert.Equal([75, 25], shifted.Spec.Variants.Select(variant => variant.Weight));
        Assert.Same(shifted, EndpointSwitches.Shift(shifted, Key, 1, new Dictionary<string, double> { ["b"] = 25 }).OrThrow());
        Assert.Equal("endpoint-revision-stale", EndpointSwitches.Shift(shifted, Key, 2, new Dictionary<string, double>()).Refusal!.Code);
        Assert.Equal("endpoint-invalid", EndpointSwitches.Shift(shifted, Key, 1, new Dictionary<string, double> { ["b"] = 30 }).Refusal!.Code);
    }

    [Fact]
    public void Promote_KnownVariant_HasAllWeight()
    {
        var endpoint = EndpointRules.Deploy(null, Key, Spec, default);
        Assert.Equal([0, 100], EndpointSwitches.Promote(endpoint, Key, "b").OrThrow().Variants.Select(variant => variant.Weight));
        Assert.Equal("variant-not-found", EndpointSwitches.Promote(endpoint, Key, "c").Refusal!.Code);
    }

    [Fact]
    public void History_ManyRevisions_KeepsTheLatestAndFindsTheOneBefore()
    {
        Endpoint? endpoint = null;
        EndpointRevision[] history = [];
        for (var i = 0; i < EndpointHistory.RevisionsMax + 3; i++)
        {
            endpoint = EndpointRules.Deploy(endpoint, Key, Spec, default);
            history = EndpointHistory.Keep(history, endpoint);
        }

        Assert.Equal((EndpointHistory.RevisionsMax, 4L, 53L), (history.Length, history[0].Revision, history[^1].Revision));
        Assert.Equal(52, EndpointHistory.Find(history, endpoint!, null).OrThrow().Revision);
        Assert.Equal(7, EndpointHistory.Find(history, endpoint!, 7).OrThrow().Revision);
        Assert.Equal("endpoint-revision-not-found", EndpointHistory.Find(history, endpoint!, 3).Refusal!.Code);
        Assert.Equal(53, EndpointHistory.Find(history, EndpointRules.Undeploy(endpoint, Key).OrThrow(), null).OrThrow().Revision);
    }
}
