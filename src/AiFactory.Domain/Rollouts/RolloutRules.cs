using System.Globalization;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Traffic;

namespace AiFactory.Domain.Rollouts;

/// <summary>How a candidate takes over, and when it is stopped from it.</summary>
public static class RolloutRules
{
    public const int StepsMax = 20;
    public const double StepSecondsMax = 30 * 86_400;
    public const long StepRequestsMax = 1_000_000_000;
    private static readonly double[] DefaultSteps = [1, 5, 25, 50, 100];

    public static bool Ended(Rollout rollout) => rollout.Status is not (RolloutStatus.Starting or RolloutStatus.Running);

    /// <summary>A rollout on an endpoint as it stands, before anything is done about it.</summary>
    public static Ruling<Rollout> Begin(Rollout? present, EndpointKey key, Endpoint endpoint, RolloutSpec spec, DateTimeOffset now)
    {
        if (present is not null && !Ended(present))
        {
            return new Refusal("rollout-running", RefusalKind.Conflict, $"{present.Candidate} is being rolled out on {key.Endpoint}.", key.Endpoint,
                "Wait for its end, or end it with factory rollout abort or promote.");
        }

        if (!endpoint.Deployed)
            return Invalid(key, "The endpoint is out of service.", "Deploy it first.");
        if (Check(key, spec) is { } invalid)
            return invalid;
        var bases = endpoint.Spec.Variants.Where(variant => spec.Baseline is null ? variant.Weight > 0 : variant.Name == spec.Baseline).ToList();
        if (bases is not [{ Weight: > 0 } baseline])
        {
            return Invalid(key, spec.Baseline is null ? "More than one variant has units." : $"Variant {spec.Baseline} has no units.",
                $"Name the variant to replace with --baseline: {string.Join(", ", endpoint.Spec.Variants.Where(variant => variant.Weight > 0).Select(variant => variant.Name))}.");
        }

        var candidate = spec.Variant ?? string.Create(CultureInfo.InvariantCulture, $"{spec.Candidate.Model}-v{spec.Candidate.Version}");
        if (candidate == baseline.Name || endpoint.Spec.Variants.Any(variant => variant.Name == candidate && variant.Weight > 0))
            return Invalid(key, $"Variant {candidate} has units already.", "Give the candidate a name of its own with --as.");
        var filled = spec with
        {
            Candidate = spec.Candidate with { Tenant = key.Tenant },
            Variant = candidate,
            Baseline = baseline.Name,
            Steps = spec.Steps is { Count: > 0 } steps ? [.. steps] : DefaultSteps,
            Guards = [.. (spec.Guards is { Count: > 0 } guards ? guards : [new(GuardMetric.ErrorRate), new(GuardMetric.Latency)])
                .Select(guard => guard with { Tolerance = guard.Tolerance ?? GuardRules.DefaultTolerance(guard.Metric) })],
        };
        if (filled.Guards.Any(guard => guard.Metric == GuardMetric.Value) && endpoint.Spec.Economy is null)
            return Invalid(key, "The endpoint has no economy, so its decisions have no value.", "Deploy it with --economy, or guard outcome:accuracy.");
        return new Rollout(key.Endpoint, filled, baseline.Name, candidate, baseline.Weight, RolloutStatus.Starting, Revision: 0, Step: 0, Share: 0, now, now,
            ArmFigures.None, ArmFigures.None, OutcomeStart: null, [], RevisionBefore: endpoint.Revision);
    }

    /// <summary>
    /// The spec to deploy: the candidate beside its baseline, without units yet. It takes them from the end of the baseline's share on, so that a unit once
    /// on the candidate stays there, and units of other variants stay where they are. A candidate that was a shadow is one no more.
    /// </summary>
    public static EndpointSpec Deployment(Rollout rollout, EndpointSpec present)
    {
        var variants = new List<VariantSpec>();
        foreach (var variant in present.Variants.Where(variant => variant.Name != rollout.Candidate))
        {
            variants.Add(variant);
            if (variant.Name == rollout.Baseline)
                variants.Add(new VariantSpec(rollout.Candidate, rollout.Spec.Candidate, 0));
        }

        return present with { Variants = variants.ToArray(), Shadows = present.Shadows?.Where(shadow => shadow.Model != rollout.Spec.Candidate).ToArray() };
    }

    /// <summary>Whether the endpoint already stands as this rollout deployed it.</summary>
    public static bool IsDeployed(Rollout rollout, Endpoint endpoint) =>
        endpoint.Deployed && endpoint.Revision > (rollout.RevisionBefore ?? 0)
        && endpoint.Spec.Variants.Any(variant => variant.Name == rollout.Candidate && variant.Model == rollout.Spec.Candidate && variant.Weight == 0);

    /// <summary>The rollout at its first step.</summary>
    public static Rollout Deployed(Rollout rollout, Endpoint endpoint, OutcomeFigures? outcomes, DateTimeOffset now) =>
        rollout.Status != RolloutStatus.Starting ? rollout : At(rollout with { Revision = endpoint.Revision, OutcomeStart = outcomes }, 0, now);

    /// <summary>The weights that the rollout wants, in percent by variant.</summary>
    public static Dictionary<string, double> Weights(Rollout rollout)
    {
        var candidate = rollout.Weight * rollout.Share / 100;
        return new() { [rollout.Baseline] = rollout.Weight - candidate, [rollout.Candidate] = candidate };
    }

    /// <summary>With what a gateway saw.</summary>
    public static Rollout Observe(Rollout rollout, TrafficReport report)
    {
        if (rollout.Status != RolloutStatus.Running)
            return rollout;
        var (baseline, candidate) = (Of(rollout.Baseline), Of(rollout.Candidate));
        return baseline is null && candidate is null
            ? rollout
            : rollout with
            {
                BaselineFigures = baseline is null ? rollout.BaselineFigures : rollout.BaselineFigures.Add(baseline),
                CandidateFigures = candidate is null ? rollout.CandidateFigures : rollout.CandidateFigures.Add(candidate),
            };

        VariantTraffic? Of(string variant) => report.Variants.FirstOrDefault(seen => seen.Variant == variant);
    }

    /// <summary>Back when a guard is violated; a step on when this one's time and sample are reached; else where it is.</summary>
    /// <param name="outcomes">Of all time; null where no guard needs them.</param>
    public static Rollout Judge(Rollout rollout, OutcomeFigures? outcomes, DateTimeOffset now)
    {
        if (rollout.Status != RolloutStatus.Running)
            return rollout;
        var readings = GuardRules.Read(rollout, outcomes is null || rollout.OutcomeStart is null ? outcomes : outcomes.Since(rollout.OutcomeStart));
        var judged = rollout with { Guards = readings };
        if (readings.FirstOrDefault(reading => reading.Violated) is { } violated)
            return End(judged, RolloutStatus.RolledBack, 0, Describe(violated), now);
        var sampled = Enough(rollout.CandidateFigures) && (rollout.Share >= 100 || Enough(rollout.BaselineFigures));
        return sampled && now - rollout.StepAt >= TimeSpan.FromSeconds(rollout.Spec.StepSeconds) ? At(judged, rollout.Step + 1, now) : judged;

        bool Enough(ArmFigures figures) => figures.Errors.Count >= rollout.Spec.StepRequests;
    }

    /// <summary>All units back to the baseline.</summary>
    public static Ruling<Rollout> Abort(Rollout? present, EndpointKey key, string? reason, DateTimeOffset now) =>
        Get(present, key) is not { Granted: true, Value: var rollout } ? NotFound(key)
            : rollout.Status == RolloutStatus.RolledBack ? rollout
            : Ended(rollout) ? Over(rollout) : End(rollout, RolloutStatus.RolledBack, 0, reason ?? "Aborted.", now);

    /// <summary>All units to the candidate, whatever the guards say.</summary>
    public static Ruling<Rollout> Promote(Rollout? present, EndpointKey key, DateTimeOffset now) =>
        Get(present, key) is not { Granted: true, Value: var rollout } ? NotFound(key)
            : rollout.Status == RolloutStatus.Completed ? rollout
            : rollout.Status != RolloutStatus.Running ? Over(rollout) : End(rollout, RolloutStatus.Completed, 100, "Promoted by hand.", now);

    /// <summary>Given up, since somebody else changed the endpoint; ended ones stay as they ended.</summary>
    public static Rollout Supersede(Rollout rollout, DateTimeOffset now) =>
        Ended(rollout) ? rollout : End(rollout, RolloutStatus.Superseded, rollout.Share, "The endpoint was deployed anew.", now);

    /// <summary>Ended before it had any units, e.g. since the candidate cannot be loaded; ended ones stay as they ended.</summary>
    public static Rollout Fail(Rollout rollout, string reason, DateTimeOffset now) => Ended(rollout) ? rollout : End(rollout, RolloutStatus.RolledBack, 0, reason, now);

    public static Ruling<Rollout> Get(Rollout? present, EndpointKey key) => present is not null ? present : NotFound(key);

    private static Rollout At(Rollout rollout, int step, DateTimeOffset now)
    {
        var steps = rollout.Spec.Steps!;
        return step >= steps.Count || steps[step] >= 100
            ? End(rollout with { Step = Math.Min(step, steps.Count - 1) }, RolloutStatus.Completed, 100, "Every step passed.", now)
            : rollout with
            {
                Status = RolloutStatus.Running,
                Step = step,
                Share = steps[step],
                StepAt = now,
                BaselineFigures = ArmFigures.None,
                CandidateFigures = ArmFigures.None,
            };
    }

    private static Rollout End(Rollout rollout, RolloutStatus status, double share, string reason, DateTimeOffset now) =>
        rollout with { Status = status, Share = share, Reason = reason, EndedAt = now };

    private static string Describe(GuardReading reading) => string.Create(CultureInfo.InvariantCulture,
        $"{reading.Metric} is worse by {reading.Worse.Value:0.####} [{reading.Worse.Low:0.####}, {reading.Worse.High:0.####}] ({reading.Baseline:0.####} before, {reading.Candidate:0.####} now); tolerated is {reading.Tolerance:0.####}.");

    private static Refusal? Check(EndpointKey key, RolloutSpec spec)
    {
        var steps = spec.Steps ?? DefaultSteps;
        if (steps.Count is 0 or > StepsMax || !(steps[0] > 0) || steps[^1] != 100 || steps.Zip(steps.Skip(1)).Any(pair => !(pair.First < pair.Second)))
            return Invalid(key, $"Steps {string.Join(",", steps.Select(step => step.ToString(CultureInfo.InvariantCulture)))} do not grow from above 0 to 100.", "Give e.g. --steps 1,5,25,50,100.");
        if (!(spec.StepSeconds >= 1) || spec.StepRequests < 1)
            return Invalid(key, "A step lasts 1 s and 1 request at least.", "Raise --step-seconds or --step-requests.");
        if (spec.StepSeconds > StepSecondsMax || spec.StepRequests > StepRequestsMax)
            return Invalid(key, string.Create(CultureInfo.InvariantCulture, $"A step of {spec.StepSeconds} s and {spec.StepRequests} requests is longer than a rollout can be watched."),
                string.Create(CultureInfo.InvariantCulture, $"State --step-seconds of at most {StepSecondsMax} (30 days) and --step-requests of at most {StepRequestsMax}."));
        if (!(spec.Alpha is > 0 and < 0.5))
            return Invalid(key, $"Alpha {spec.Alpha.ToString(CultureInfo.InvariantCulture)} is not between 0 and 0.5.", "Give e.g. --alpha 0.05.");
        if (spec.Guards?.FirstOrDefault(guard => guard.Tolerance is { } tolerance && !(tolerance >= 0 && double.IsFinite(tolerance))) is { } loose)
            return Invalid(key, $"The tolerance of {loose.Metric} is below 0.", "Give 0 or more.");
        return spec.Guards?.GroupBy(guard => guard.Metric).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? Invalid(key, $"{twice.Key} is guarded twice.", "Name each metric once.")
            : null;
    }

    private static Refusal Over(Rollout rollout) => new("rollout-over", RefusalKind.Conflict, $"The rollout on {rollout.Endpoint} is not running: {rollout.Status}.", rollout.Endpoint,
        "Start another, or change the endpoint itself.");

    private static Refusal NotFound(EndpointKey key) => new("rollout-not-found", RefusalKind.NotFound, $"Nothing was ever rolled out on {key.Endpoint}.", key.Endpoint,
        "Start with factory rollout start.");

    private static Refusal Invalid(EndpointKey key, string what, string mend) => new("rollout-invalid", RefusalKind.Unprocessable, what, key.Endpoint, mend);
}
