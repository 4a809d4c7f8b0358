using AiFactory.Cli.Rendering;
using AiFactory.Domain.Rollouts;
using Spectre.Console;

namespace AiFactory.Cli.Rollouts;

/// <summary>Rollouts as people see them.</summary>
internal static class RolloutViews
{
    public static Rows Rollout(Rollout rollout)
    {
        var guards = Tables.Create("Guard", ">Baseline", ">Candidate", ">Worse by [holds over all looks]", ">Tolerated", "Verdict");
        foreach (var reading in rollout.Guards)
        {
            guards.AddTextRow(
                Name(reading.Metric), Format.Invariant($"{reading.Baseline:0.#####}"), Format.Invariant($"{reading.Candidate:0.#####}"),
                Format.Invariant($"{reading.Worse.Value:0.#####} [{reading.Worse.Low:0.#####}, {reading.Worse.High:0.#####}]"), Format.Invariant($"{reading.Tolerance:0.#####}"),
                reading.Violated ? "worse" : reading.Worse.High <= reading.Tolerance ? "no worse" : "not told apart yet");
        }

        return new Rows(
            Facts.Panel(
                $"Rollout on {rollout.Endpoint}",
                ("Candidate", $"{rollout.Candidate} ({rollout.Spec.Candidate}), in place of {rollout.Baseline}"),
                ("State", Format.Invariant($"{rollout.Status}, {rollout.Share:0.##} % of the baseline's units, step {rollout.Step + 1} of {rollout.Spec.Steps!.Count}")),
                ("Steps", string.Join(", ", rollout.Spec.Steps.Select(step => Format.Invariant($"{step:0.##} %")))),
                ("This step", Format.Invariant($"{rollout.BaselineFigures.Errors.Count} requests of the baseline, {rollout.CandidateFigures.Errors.Count} of the candidate, since {Format.Time(rollout.StepAt)}")),
                ("Reason", rollout.Reason ?? "goes on")),
            guards);
    }

    private static string Name(GuardMetric metric) => metric switch
    {
        GuardMetric.ErrorRate => "error-rate",
        GuardMetric.Latency => "latency, s",
        GuardMetric.Accuracy => "outcome:accuracy",
        _ => "outcome:value, USD",
    };
}
