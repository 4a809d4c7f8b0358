using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Statistics;

namespace AiFactory.Domain.Tests.Experiments;

public sealed class ExperimentRulesTests
{
    private static readonly Endpoint TwoVariants = new("churn", 1, "salt", new EndpointSpec(
        [new("a", new("default", "mlp", 1), 50), new("b", new("default", "mlp", 2), 50)], Economy: new DecisionEconomy(80, -20, 0, -100)), true, DateTimeOffset.UnixEpoch);

    [Fact]
    public void Report_NothingYet_HasNoEstimates()
    {
        var report = ExperimentRules.Report(TwoVariants, [], DateTimeOffset.UnixEpoch);
        Assert.Equal(["a", "b"], report.Variants.Select(variant => variant.Variant));
        Assert.All(report.Variants, variant => Assert.True(variant is { Exposures: 0, Accuracy: null, ValueUsdPerDecision: null, CostPer1000DecisionsUsd: 0 }));
        Assert.Empty(report.Differences);
        Assert.Null(report.SampleRatioP);
    }

    [Fact]
    public void Report_EarlierModelOfAVariant_DoesNotCount()
    {
        var report = ExperimentRules.Report(TwoVariants, [new("a", "old@1", 10, 1, 2, 3, 4, Picodollars.FromUsd(1)), new("a", "mlp@1", 4, 1, 0, 1, 0, new(8_000_000_000))], DateTimeOffset.UnixEpoch);
        Assert.Equal((4L, 2L, 2L, 80m, 2m), (report.Variants[0].Exposures, report.Variants[0].Outcomes, report.Variants[0].Correct, report.Variants[0].ValueUsd,
            report.Variants[0].CostPer1000DecisionsUsd));
    }

    [Fact]
    public void Report_NoVariance_DiffersCertainlyOrNotAtAll()
    {
        var report = ExperimentRules.Report(TwoVariants, [new("a", "mlp@1", 5, 5, 0, 0, 0, default, 1, 5), new("b", "mlp@2", 5, 0, 5, 0, 0, default, 1, 5)], DateTimeOffset.UnixEpoch);
        Assert.Equal([0.0, 0.0], report.Differences.Select(difference => difference.P));
        Assert.Equal(-100, report.Differences[1].Difference.Value);
        Assert.Equal(1, report.SampleRatioP);
    }

    [Fact]
    public void Report_OtherWeightsBefore_JudgesTheSplitByThePresentRevision()
    {
        var reweighted = TwoVariants with { Revision = 2 };
        var report = ExperimentRules.Report(reweighted, [new("a", "mlp@1", 950, 0, 0, 0, 0, default, 2, 50), new("b", "mlp@2", 150, 0, 0, 0, 0, default, 2, 50)], DateTimeOffset.UnixEpoch);
        Assert.Equal(1, report.SampleRatioP);

        var unseen = ExperimentRules.Report(reweighted, [new("a", "mlp@1", 900, 0, 0, 0, 0, default, 1, 900)], DateTimeOffset.UnixEpoch);
        Assert.Null(unseen.SampleRatioP);
    }

    [Fact]
    public void ReportOverLogs_SharesOfTwoLogs_AddsThem()
    {
        LogShare<FiguresShare>[] shares =
        [
            new(new("silo-1", LogKind.Silo, LogState.Live, 100, DateTimeOffset.UnixEpoch), new(100, [new("a", "mlp@1", 10, 1, 2, 3, 4, new(7), 2, 6), new("b", "mlp@2", 5, 0, 0, 0, 0, default, 1, 5)])),
            new(new("silo-2", LogKind.Silo, LogState.Published, 50, DateTimeOffset.UnixEpoch), new(50, [new("a", "mlp@1", 20, 4, 3, 2, 1, new(8), 1, 20)])),
            new(new("silo-3", LogKind.Silo, LogState.Unknown, 9, null), null),
        ];

        var report = ExperimentRules.ReportOverLogs(TwoVariants with { Revision = 2 }, shares, DateTimeOffset.UnixEpoch);

        Assert.Equal((30L, 20L, 10L, new Picodollars(15)), (report.Variants[0].Exposures, report.Variants[0].Outcomes, report.Variants[0].Correct, report.Variants[0].Cost));
        Assert.Equal(5, report.Variants[1].Exposures);
        Assert.Equal([LogState.Live, LogState.Published, LogState.Unknown], report.Logs!.Select(log => log.State));
        Assert.Equal(new VariantFigures("a", "mlp@1", 30, 5, 5, 5, 5, new(15), 2, 6), ExperimentRules.Sum(shares.SelectMany(share => share.Share?.Variants ?? []))[0]);
    }

    [Fact]
    public void Report_FewOutcomes_SaysNothingForAnyTime()
    {
        var report = ExperimentRules.Report(TwoVariants, [Figures("a", 19, 0), Figures("b", 500, 500)], DateTimeOffset.UnixEpoch);

        Assert.All(report.Differences, difference => Assert.True(difference is { AnyTime: null, AnyTimeP: null, Better: null }));
    }

    [Theory]
    [InlineData(520, 480, 700, 300, "b")]
    [InlineData(700, 300, 520, 480, "a")]
    [InlineData(520, 480, 540, 460, null)]
    [InlineData(30, 0, 25, 5, null)]
    [InlineData(1000, 0, 0, 1000, "a")]
    public void Report_ManyOutcomes_NamesTheBetterOnlyBeyondDoubt(long rightA, long wrongA, long rightB, long wrongB, string? better)
    {
        var report = ExperimentRules.Report(TwoVariants, [Figures("a", rightA, wrongA), Figures("b", rightB, wrongB)], DateTimeOffset.UnixEpoch);

        Assert.All(report.Differences, difference =>
        {
            Assert.Equal(better, difference.Better);
            Assert.Equal(better is not null, difference.AnyTimeP < 0.05);
            Assert.Equal(difference.Difference.Value, difference.AnyTime!.Value, 1e-12);
            Assert.True(difference.AnyTime.High - difference.AnyTime.Low > difference.Difference.High - difference.Difference.Low);
        });
    }

    [Fact]
    public void Report_EqualVariantsLookedAtAgainAndAgain_AreToldApartInOneOfTwentyAtMost()
    {
        const int Experiments = 400, Looks = 100, Each = 40;
        var (anyTime, once) = (0, 0);
        for (var experiment = 0; experiment < Experiments; experiment++)
        {
            var random = SeededRandom.Of(experiment, 11);
            var (rightA, rightB, foundAnyTime, foundOnce) = (0, 0, false, false);
            for (var look = 1; look <= Looks; look++)
            {
                (rightA, rightB) = (rightA + Right(random, Each), rightB + Right(random, Each));
                var report = ExperimentRules.Report(TwoVariants, [Figures("a", rightA, (look * Each) - rightA), Figures("b", rightB, (look * Each) - rightB)], DateTimeOffset.UnixEpoch);
                foundAnyTime |= report.Differences[0].Better is not null;
                foundOnce |= report.Differences[0].P < 0.05;
            }

            anyTime += foundAnyTime ? 1 : 0;
            once += foundOnce ? 1 : 0;
        }

        Assert.True(anyTime <= 0.05 * Experiments, $"{anyTime} of {Experiments}");
        Assert.True(once > 0.25 * Experiments, $"{once} of {Experiments}");
    }

    private static int Right(SeededRandom random, int count)
    {
        var right = 0;
        for (var i = 0; i < count; i++)
        {
            right += (random.NextUInt64() >> 11) * (1.0 / (1UL << 53)) < 0.7 ? 1 : 0;
        }

        return right;
    }

    private static VariantFigures Figures(string variant, long right, long wrong) =>
        new(variant, variant == "a" ? "mlp@1" : "mlp@2", right + wrong, right, wrong, 0, 0, Picodollars.Zero, 1, right + wrong);
}
