using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Rollouts;
using AiFactory.Domain.Traffic;

namespace AiFactory.Domain.Tests.Rollouts;

public sealed class RolloutRulesTests
{
    private static readonly EndpointKey Key = new("t", "e");
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(1);
    private static readonly RolloutSpec Plain = new(new("other", "m", 2), Steps: [10, 50, 100], StepSeconds: 10, StepRequests: 50);

    internal static Rollout Running(RolloutSpec spec)
    {
        var endpoint = Deployed(("a", 100));
        var begun = RolloutRules.Begin(null, Key, endpoint, spec, Start).OrThrow();
        var rollout = RolloutRules.Deployed(begun, endpoint with { Revision = 2 }, null, Start);
        // With a single step of 100 nothing is left to compare; simulations compare all the same.
        return rollout with { Status = RolloutStatus.Running };
    }

    [Fact]
    public void Begin_PlainSpec_FillsDefaultsAndKeepsToTheTenant()
    {
        var rollout = RolloutRules.Begin(null, Key, Deployed(("a", 100), ("idle", 0)), new RolloutSpec(new("other", "m", 2)), Start).OrThrow();

        Assert.Equal(("a", "m-v2", "t", RolloutStatus.Starting), (rollout.Baseline, rollout.Candidate, rollout.Spec.Candidate.Tenant, rollout.Status));
        Assert.Equal([1, 5, 25, 50, 100], rollout.Spec.Steps!);
        Assert.Equal([GuardMetric.ErrorRate, GuardMetric.Latency], rollout.Spec.Guards!.Select(guard => guard.Metric));
    }

    [Fact]
    public void Begin_WhatCannotBe_IsRefused()
    {
        var endpoint = Deployed(("a", 60), ("b", 40));
        Assert.Equal("rollout-invalid", Code(Plain));
        Assert.Equal("rollout-invalid", Code(Plain with { Baseline = "none" }));
        Assert.Equal("rollout-invalid", Code(Plain with { Baseline = "a", Variant = "b" }));
        Assert.Equal("rollout-invalid", Code(Plain with { Baseline = "a", Steps = [50, 10, 100] }));
        Assert.Equal("rollout-invalid", Code(Plain with { Baseline = "a", Steps = [50] }));
        Assert.Equal("rollout-invalid", Code(Plain with { Baseline = "a", Alpha = 0 }));
        Assert.Equal("rollout-invalid", Code(Plain with { Baseline = "a", StepSeconds = 1e300 }));
        Assert.Equal("rollout-invalid", Code(Plain with { Baseline = "a", StepSeconds = double.PositiveInfinity }));
        Assert.Equal("rollout-invalid", Code(Plain with { Baseline = "a", StepSeconds = RolloutRules.StepSecondsMax + 1 }));
        Assert.Equal("rollout-invalid", Code(Plain with { Baseline = "a", StepRequests = long.MaxValue }));
        Assert.Null(Code(Plain with { Baseline = "a", StepSeconds = RolloutRules.StepSecondsMax, StepRequests = RolloutRules.StepRequestsMax }));
        Assert.Equal("rollout-invalid", Code(Plain with { Baseline = "a", Guards = [new(GuardMetric.Value)] }));
        Assert.Equal("rollout-invalid", Code(Plain with { Baseline = "a", Guards = [new(GuardMetric.Latency), new(GuardMetric.Latency)] }));
        Assert.Equal("rollout-running", RolloutRules.Begin(Running(Plain), Key, endpoint, Plain with { Baseline = "a" }, Start).Refusal!.Code);
        Assert.True(RolloutRules.Begin(null, Key, endpoint, Plain with { Baseline = "a" }, Start).Granted);

        string? Code(RolloutSpec spec) => RolloutRules.Begin(null, Key, endpoint, spec, Start).Refusal?.Code;
    }

    [Fact]
    public void Weights_EveryStep_UnitsOnceOnTheCandidateStayThereAndOthersStayWhereTheyAre()
    {
        var endpoint = Deployed(("a", 60), ("b", 40));
        var rollout = RolloutRules.Begin(null, Key, endpoint, new RolloutSpec(new("t", "m", 2), Baseline: "a"), Start).OrThrow();
        var present = endpoint with { Spec = RolloutRules.Deployment(rollout, endpoint.Spec), Revision = 2 };
        var model = EndpointModel();
        var before = RouteRules.Build(present, [model, model, model], [[], [], []]);
        rollout = RolloutRules.Deployed(rollout, present, null, Start);
        var onCandidate = new HashSet<int>();
        for (var step = 0; !RolloutRules.Ended(rollout); step++)
        {
            present = EndpointSwitches.Shift(present, Key, 2, RolloutRules.Weights(rollout)).OrThrow();
            var route = RouteRules.Follow(before, present);
            var now = Enumerable.Range(0, 10_000).Where(bucket => Of(route, bucket) == rollout.Candidate).ToHashSet();
            Assert.Equal(6000 * rollout.Share / 100, now.Count);
            Assert.Subset(now, onCandidate);
            Assert.All(Enumerable.Range(0, 10_000).Where(bucket => !now.Contains(bucket)), bucket => Assert.Equal(Of(before, bucket), Of(route, bucket)));
            onCandidate = now;
            rollout = Pass(rollout, Start.AddMinutes(5 * (step + 1)));
        }

        Assert.Equal((RolloutStatus.Completed, 100.0), (rollout.Status, rollout.Share));
        Assert.Equal(new Dictionary<string, double> { ["a"] = 0, [rollout.Candidate] = 60 }, RolloutRules.Weights(rollout));

        static string Of(EndpointRoute route, int bucket) => route.Variants.Single(variant => variant.From <= bucket / 10_000.0 && bucket / 10_000.0 < variant.To).Name;
    }

    [Fact]
    public void Judge_TimeOrSampleMissing_Waits()
    {
        var rollout = Running(Plain);
        var sampled = RolloutRules.Observe(rollout, Report(60, 0, 60, 0));
        Assert.Equal(0, RolloutRules.Judge(sampled, null, Start.AddSeconds(9)).Step);
        Assert.Equal(0, RolloutRules.Judge(RolloutRules.Observe(rollout, Report(60, 0, 49, 0)), null, Start.AddSeconds(99)).Step);

        var next = RolloutRules.Judge(sampled, null, Start.AddSeconds(10));
        Assert.Equal((1, 50.0, 0L), (next.Step, next.Share, next.CandidateFigures.Errors.Count));
    }

    [Fact]
    public void Judge_CandidateFails_RollsBackAtOnce()
    {
        var rollout = RolloutRules.Judge(RolloutRules.Observe(Running(Plain), Report(500, 0, 50, 40)), null, Start.AddSeconds(1));

        Assert.Equal((RolloutStatus.RolledBack, 0.0), (rollout.Status, rollout.Share));
        Assert.Contains("ErrorRate", rollout.Reason, StringComparison.Ordinal);
        Assert.Equal(new Dictionary<string, double> { ["a"] = 100, ["m-v2"] = 0 }, RolloutRules.Weights(rollout));
    }

    [Fact]
    public void Judge_BothFailAlike_GoesOn()
    {
        var rollout = Running(Plain);
        for (var i = 0; i < 9; i++)
            rollout = RolloutRules.Judge(RolloutRules.Observe(rollout, Report(100, 20, 10, 2)), null, Start.AddSeconds(i));

        Assert.Equal((RolloutStatus.Running, 0), (rollout.Status, rollout.Step));
        Assert.False(rollout.Guards.Single(reading => reading.Metric == GuardMetric.ErrorRate).Violated);
    }

    [Fact]
    public void Judge_OutcomesWorse_RollsBack()
    {
        var rollout = Running(Plain with { Guards = [new(GuardMetric.Accuracy)] });
        var worse = new OutcomeFigures(new(2000, 1900, 1900), new(500, 300, 300), Moments.None, Moments.None);
        var same = worse with { CandidateAccuracy = new(500, 475, 475) };

        Assert.Equal(RolloutStatus.Running, RolloutRules.Judge(rollout, same, Start.AddSeconds(1)).Status);
        Assert.Equal(RolloutStatus.RolledBack, RolloutRules.Judge(rollout, worse, Start.AddSeconds(1)).Status);
        // What was there before the rollout does not count.
        Assert.Empty(RolloutRules.Judge(rollout with { OutcomeStart = worse }, worse, Start.AddSeconds(1)).Guards);
    }

    [Fact]
    public void SquaredError_ValuesThatComeInClusters_IsTheClusters()
    {
        var (together, apart) = (Moments.None, Moments.None);
        for (var i = 0; i < 50; i++)
        {
            together = together.Add(10, i % 2 * 10, i % 2 * 10);
            apart = apart.Add(10, 5, 5);
        }

        Assert.True(together.SquaredError() > 8 * apart.SquaredError());
    }

    [Fact]
    public void AbortAndPromote_RunningAndEnded_AnswerByState()
    {
        var running = Running(Plain);
        var aborted = RolloutRules.Abort(running, Key, null, Start).OrThrow();
        Assert.Equal(RolloutStatus.RolledBack, aborted.Status);
        Assert.Same(aborted, RolloutRules.Abort(aborted, Key, null, Start).OrThrow());
        Assert.Equal("rollout-over", RolloutRules.Promote(aborted, Key, Start).Refusal!.Code);
        var promoted = RolloutRules.Promote(running, Key, Start).OrThrow();
        Assert.Equal((RolloutStatus.Completed, 100.0), (promoted.Status, promoted.Share));
        Assert.Equal("rollout-over", RolloutRules.Abort(promoted, Key, null, Start).Refusal!.Code);
        Assert.Equal("rollout-not-found", RolloutRules.Abort(null, Key, null, Start).Refusal!.Code);
        Assert.Equal(RolloutStatus.Superseded, RolloutRules.Supersede(running, Start).Status);
        Assert.Same(promoted, RolloutRules.Supersede(promoted, Start));
    }

    private static Rollout Pass(Rollout rollout, DateTimeOffset now)
    {
        for (var i = 0; i < 5; i++)
            rollout = RolloutRules.Observe(rollout, Report(100, 0, 100, 0));
        return RolloutRules.Judge(rollout, null, now);
    }

    private static TrafficReport Report(long baseline, long baselineErrors, long candidate, long candidateErrors) => new("g", 1, 1,
        [Of("a", baseline, baselineErrors), Of("m-v2", candidate, candidateErrors)]);

    private static VariantTraffic Of(string variant, long requests, long errors) =>
        new(variant, requests, errors, (requests - errors) * 0.01, (requests - errors) * 0.0002, 0.05, 0, 0, 1);

    private static Endpoint Deployed(params (string Name, double Weight)[] variants) =>
        new("e", 1, "salt", new EndpointSpec([.. variants.Select(variant => new VariantSpec(variant.Name, new("t", "m", 1), variant.Weight))]), true, Start);

    private static ModelVersion EndpointModel() => new(
        "m", 1, new string('a', 64), 1, new ModelSignature([new TensorSpec("x", TensorDataType.Fp32, [1])], [new TensorSpec("p", TensorDataType.Fp32, [1])]),
        null, new ModelOrigin(null, null, null, "1"), "mlp", new Dictionary<string, string>(), null, new GateReport(true, []), default);
}
