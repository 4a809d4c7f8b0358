using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Statistics;

namespace AiFactory.Domain.Experiments;

/// <summary>Turns running totals into a comparison of variants.</summary>
public static class ExperimentRules
{
    /// <summary>The report over the shares of all logs.</summary>
    public static ExperimentReport ReportOverLogs(Endpoint endpoint, IReadOnlyList<LogShare<FiguresShare>> shares, DateTimeOffset now) =>
        Report(endpoint, Sum(shares.SelectMany(share => share.Share?.Variants ?? [])), now) with { Logs = [.. shares.Select(share => share.Standing)] };

    /// <summary>Figures of the same variant and model added up. Decisions of a revision count as that of the newest one that any share knows.</summary>
    public static IReadOnlyList<VariantFigures> Sum(IEnumerable<VariantFigures> figures) =>
    [
        .. figures.GroupBy(one => (one.Variant, one.Model)).Select(group => group.Aggregate(Add))
            .OrderBy(sum => sum.Variant, StringComparer.Ordinal).ThenBy(sum => sum.Model, StringComparer.Ordinal),
    ];

    /// <summary>
    /// The report on an endpoint's present variants, each with its present model: decisions that a variant made with an earlier model do not count.
    /// The first variant is the baseline.
    /// </summary>
    public static ExperimentReport Report(Endpoint endpoint, IReadOnlyList<VariantFigures> figures, DateTimeOffset now)
    {
        var economy = endpoint.Spec.Economy;
        var arms = endpoint.Spec.Variants.Select(variant => new Arm(variant, FiguresOf(variant, figures))).ToList();
        return new ExperimentReport(
            endpoint.Name,
            endpoint.Revision,
            economy,
            [.. arms.Select(arm => Describe(arm, economy))],
            [.. arms.Skip(1).SelectMany(arm => Compare(arms[0], arm, economy))],
            endpoint.Shifted ? null : SampleRatioP(arms, endpoint.Revision),
            now);
    }

    private static VariantFigures Add(VariantFigures one, VariantFigures other)
    {
        var revision = Math.Max(one.Revision, other.Revision);
        return new(
            one.Variant,
            one.Model,
            one.Exposures + other.Exposures,
            one.TruePositives + other.TruePositives,
            one.FalsePositives + other.FalsePositives,
            one.TrueNegatives + other.TrueNegatives,
            one.FalseNegatives + other.FalseNegatives,
            one.Cost + other.Cost,
            revision,
            ExposuresIn(one, revision) + ExposuresIn(other, revision));
    }

    private static long ExposuresIn(VariantFigures figures, long revision) => figures.Revision == revision ? figures.RevisionExposures : 0;

    private static VariantFigures FiguresOf(VariantSpec variant, IReadOnlyList<VariantFigures> figures) =>
        figures.FirstOrDefault(candidate => candidate.Variant == variant.Name && candidate.Model == variant.Model.ToString())
        ?? new VariantFigures(variant.Name, variant.Model.ToString(), 0, 0, 0, 0, 0, Picodollars.Zero);

    private static VariantReport Describe(Arm arm, DecisionEconomy? economy)
    {
        var figures = arm.Figures;
        return new VariantReport(
            figures.Variant,
            figures.Model,
            arm.Spec.Weight,
            figures.Exposures,
            arm.Outcomes,
            arm.Correct,
            arm.Outcomes == 0 ? null : Intervals.Wilson(arm.Correct, arm.Outcomes),
            economy is null ? null : Intervals.Mean(arm.Values(economy)),
            economy is null ? 0 : arm.ValueUsd(economy),
            figures.Cost,
            PostingRules.CostPer1000Usd(figures.Cost, figures.Exposures));
    }

    private static IEnumerable<VariantDifference> Compare(Arm baseline, Arm arm, DecisionEconomy? economy)
    {
        if (Compare(baseline, arm, "accuracy", static side => side.Hits(), static side => side.Hits(more: 1)) is { } accuracy)
        {
            yield return accuracy;
        }

        if (economy is not null && Compare(baseline, arm, "value_usd_per_decision", side => side.Values(economy), side => side.Values(economy, more: 1)) is { } value)
        {
            yield return value;
        }
    }

    /// <param name="doubted">The sample with one more outcome of each kind: its variance is that of a side that has not varied yet.</param>
    private static VariantDifference? Compare(Arm baseline, Arm arm, string metric, Func<Arm, Sample> sample, Func<Arm, Sample> doubted)
    {
        if (Intervals.Welch(sample(baseline), sample(arm)) is not { } once)
        {
            return null;
        }

        var anyTime = Intervals.AnyTime(Varied(baseline), Varied(arm));
        return new(arm.Spec.Name, baseline.Spec.Name, metric, once.Difference, once.P, anyTime?.Difference, anyTime?.P);

        Sample Varied(Arm side) => sample(side) is { Variance: 0 } still ? still with { Variance = doubted(side).Variance } : sample(side);
    }

    /// <summary>
    /// Pearson's chi-squared test of the exposures against the weights, of the present revision alone: earlier ones may have had other weights. Null
    /// without a split or before its first exposure.
    /// </summary>
    private static double? SampleRatioP(List<Arm> arms, long revision)
    {
        var weighted = arms.Where(arm => arm.Spec.Weight > 0).ToList();
        var total = weighted.Sum(arm => arm.ExposuresIn(revision));
        if (weighted.Count < 2 || total == 0)
        {
            return null;
        }

        var weights = weighted.Sum(arm => arm.Spec.Weight);
        var statistic = weighted.Sum(arm =>
        {
            var expected = total * arm.Spec.Weight / weights;
            var excess = arm.ExposuresIn(revision) - expected;
            return excess * excess / expected;
        });
        return ChiSquared.UpperP(statistic, weighted.Count - 1);
    }

    private sealed record Arm(VariantSpec Spec, VariantFigures Figures)
    {
        public long Outcomes => Figures.TruePositives + Figures.FalsePositives + Figures.TrueNegatives + Figures.FalseNegatives;

        public long Correct => Figures.TruePositives + Figures.TrueNegatives;

        public long ExposuresIn(long revision) => ExperimentRules.ExposuresIn(Figures, revision);

        /// <param name="more">Outcomes of each kind besides those there are.</param>
        public Sample Hits(int more = 0) => Sample.Of((Correct + more, 1), (Outcomes - Correct + more, 0));

        /// <param name="more">As of <see cref="Hits"/>.</param>
        public Sample Values(DecisionEconomy economy, int more = 0) => Sample.Of(
            (Figures.TruePositives + more, (double)economy.TruePositiveUsd),
            (Figures.FalsePositives + more, (double)economy.FalsePositiveUsd),
            (Figures.TrueNegatives + more, (double)economy.TrueNegativeUsd),
            (Figures.FalseNegatives + more, (double)economy.FalseNegativeUsd));

        public decimal ValueUsd(DecisionEconomy economy) =>
            (Figures.TruePositives * economy.TruePositiveUsd) + (Figures.FalsePositives * economy.FalsePositiveUsd)
            + (Figures.TrueNegatives * economy.TrueNegativeUsd) + (Figures.FalseNegatives * economy.FalseNegativeUsd);
    }
}
