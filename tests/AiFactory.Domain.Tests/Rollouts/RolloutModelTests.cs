using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Rollouts;
using AiFactory.Domain.Traffic;
using CsCheck;

namespace AiFactory.Domain.Tests.Rollouts;

/// <summary>A rollout under any sequence of reports, looks and commands.</summary>
public sealed class RolloutModelTests
{
    private static readonly EndpointKey Key = new("t", "e");
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(1);

    private enum Step
    {
        Deployed,
        Observe,
        Judge,
        Abort,
        Promote,
        Supersede,
        Fail,
        Begin,
    }

    private static readonly Gen<(Step Step, int A, int B, int Seconds)[]> GenSteps = Gen.Select(
        Gen.Frequency((3, Gen.Const(Step.Deployed)), (12, Gen.Const(Step.Observe)), (12, Gen.Const(Step.Judge)), (1, Gen.Const(Step.Abort)), (1, Gen.Const(Step.Promote)),
            (1, Gen.Const(Step.Supersede)), (1, Gen.Const(Step.Fail)), (1, Gen.Const(Step.Begin))),
        Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[0, 20]).Array[1, 100];

    [Fact]
    public void Rollout_AnyInterleaving_NeverLeavesItsEndAndWeightsAlwaysAddUp() => GenSteps.Sample(
        steps =>
        {
            var endpoint = new Endpoint("e", 1, "salt", new EndpointSpec([new("a", new("t", "m", 1), 60), new("b", new("t", "m", 1), 40)]), true, Start);
            var rollout = Begin(null, endpoint)!;
            var now = Start;
            foreach (var (step, a, b, seconds) in steps)
            {
                now = now.AddSeconds(seconds);
                var before = rollout;
                rollout = Next(step, a, b, endpoint, rollout, now);
                if (RolloutRules.Ended(before) && step != Step.Begin)
                {
                    Assert.Same(before, rollout);
                }

                // Baseline and candidate share what the baseline had, whatever happens; who ends at a side has it all there.
                var weights = RolloutRules.Weights(rollout);
                Assert.Equal(60, weights.Values.Sum(), 9);
                Assert.All(weights.Values, weight => Assert.InRange(weight, 0, 60));
                Assert.Equal(rollout.Status switch { RolloutStatus.RolledBack => 60, RolloutStatus.Completed => 0, _ => weights["a"] }, weights["a"]);
                Assert.Equal(RolloutRules.Ended(rollout), rollout is { EndedAt: not null, Reason: not null });
                Assert.InRange(rollout.Step, 0, rollout.Spec.Steps!.Count - 1);
                if (step != Step.Begin)
                {
                    Assert.True(rollout.Step >= before.Step, "Steps only go on.");
                    Assert.True(rollout.Share >= before.Share || rollout.Status == RolloutStatus.RolledBack, "A share shrinks only to nothing.");
                }
            }
        },
        iter: 1_000);

    private static Rollout Next(Step step, int a, int b, Endpoint endpoint, Rollout rollout, DateTimeOffset now) => step switch
    {
        Step.Deployed => RolloutRules.Deployed(rollout, endpoint with { Revision = 2 }, null, now),
        Step.Observe => RolloutRules.Observe(rollout, Report(100, a % 3, 100, b)),
        Step.Judge => RolloutRules.Judge(rollout, null, now),
        Step.Abort => RolloutRules.Abort(rollout, Key, null, now).Value ?? rollout,
        Step.Promote => RolloutRules.Promote(rollout, Key, now).Value ?? rollout,
        Step.Supersede => RolloutRules.Supersede(rollout, now),
        Step.Fail => RolloutRules.Fail(rollout, "It cannot be loaded.", now),
        _ => Begin(rollout, endpoint) ?? rollout,
    };

    private static Rollout? Begin(Rollout? present, Endpoint endpoint)
    {
        var begun = RolloutRules.Begin(present, Key, endpoint, new RolloutSpec(new("t", "m", 2), Baseline: "a", Steps: [10, 50, 100], StepSeconds: 10, StepRequests: 100), Start);
        Assert.Equal(present is null || RolloutRules.Ended(present), begun.Granted);
        return begun.Value;
    }

    private static TrafficReport Report(long baseline, long baselineErrors, long candidate, long candidateErrors) =>
        new("g", 1, 1, [Of("a", baseline, baselineErrors), Of("m-v2", candidate, candidateErrors)]);

    private static VariantTraffic Of(string variant, long requests, long errors) => new(variant, requests, errors, (requests - errors) * 0.01, (requests - errors) * 0.0002, 0.05, 0, 0, 1);
}
