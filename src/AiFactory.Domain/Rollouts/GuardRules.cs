using AiFactory.Domain.Experiments;
using AiFactory.Domain.Statistics;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Rollouts;

/// <summary>Whether a candidate is worse than its baseline, told by intervals that hold however often one looks.</summary>
public static class GuardRules
{
    private const double ReportAlpha = 0.05;

    public static double DefaultTolerance(GuardMetric metric) => metric switch
    {
        GuardMetric.ErrorRate => 0.005,
        GuardMetric.Latency => 0.1,
        GuardMetric.Accuracy => 0.01,
        _ => 0,
    };

    public static bool NeedsOutcomes(RolloutSpec spec) => spec.Guards!.Any(guard => guard.Metric is GuardMetric.Accuracy or GuardMetric.Value);

    /// <summary>Every guard that has enough values on both sides.</summary>
    /// <param name="outcomes">Since the rollout began; null where no guard needs them.</param>
    public static GuardReading[] Read(Rollout rollout, OutcomeFigures? outcomes)
    {
        var guards = rollout.Spec.Guards!;
        // Every guard may err, and those on traffic begin anew at every step; together they err with alpha at most.
        var alpha = rollout.Spec.Alpha / guards.Count;
        var stepAlpha = alpha / rollout.Spec.Steps!.Count;
        return [.. guards.Select(guard => guard.Metric switch
        {
            GuardMetric.ErrorRate => Compare(guard, rollout.BaselineFigures.Errors, rollout.CandidateFigures.Errors, stepAlpha, moreIsWorse: true),
            GuardMetric.Latency => Compare(guard, rollout.BaselineFigures.Latency, rollout.CandidateFigures.Latency, stepAlpha, moreIsWorse: true),
            GuardMetric.Accuracy => Compare(guard, outcomes?.BaselineAccuracy, outcomes?.CandidateAccuracy, alpha, moreIsWorse: false),
            _ => Compare(guard, outcomes?.BaselineValue, outcomes?.CandidateValue, alpha, moreIsWorse: false),
        }).OfType<GuardReading>()];
    }

    /// <summary>The outcome figures of two variants in an experiment's report.</summary>
    public static OutcomeFigures Outcomes(ExperimentReport report, string baseline, string candidate)
    {
        return new(Accuracy(baseline), Accuracy(candidate), Value(baseline), Value(candidate));

        Moments Accuracy(string variant) => Of(variant) is { } found ? new(found.Outcomes, found.Correct, found.Correct) : Moments.None;

        Moments Value(string variant) => Of(variant) is { ValueUsdPerDecision: { } value } found ? OfInterval(value, found.Outcomes) : Moments.None;

        VariantReport? Of(string variant) => report.Variants.FirstOrDefault(found => found.Variant == variant);
    }

    // An interval of Student's holds the variance that it was made of.
    private static Moments OfInterval(Estimate mean, long count)
    {
        var error = (mean.High - mean.Low) / 2 / StudentT.TwoSidedQuantile(ReportAlpha, count - 1);
        return new(count, mean.Value * count, (error * error * count * (count - 1)) + (count * mean.Value * mean.Value));
    }

    private static GuardReading? Compare(RolloutGuard guard, Moments? baseline, Moments? candidate, double alpha, bool moreIsWorse)
    {
        if (baseline is null || candidate is null || baseline.Count < SequentialTest.SampleMin || candidate.Count < SequentialTest.SampleMin)
            return null;
        var shares = guard.Metric is GuardMetric.ErrorRate or GuardMetric.Accuracy;
        var squaredError = Error(baseline) + Error(candidate);
        var half = SequentialTest.HalfWidth(squaredError, baseline.Count + candidate.Count, alpha);
        var (before, now) = (baseline.Mean(), candidate.Mean());
        var worse = moreIsWorse ? now - before : before - now;
        var tolerance = guard.Tolerance!.Value * (guard.Metric == GuardMetric.Latency ? before : 1);
        return new GuardReading(guard.Metric, before, now, new Estimate(worse, worse - half, worse + half), tolerance, worse - half > tolerance);

        // A share of none or all would claim no error at all: one more of each keeps it honest.
        double Error(Moments arm) => arm.SquaredError(shares ? (arm.Sum + 1) * (arm.Count - arm.Sum + 1) / Math.Pow(arm.Count + 2, 2) : 0);
    }
}
