using System.Globalization;
using AiFactory.Domain.Statistics;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Tests.Training;

public sealed class StatisticsOracleTests
{
    private static readonly Oracle.Oracle Known = Oracle.Oracle.Read();

    public static TheoryData<string> MetricsCases => [.. Known.Metrics.Select(entry => entry.Name)];

    public static TheoryData<string> StandardiserCases => [.. Known.Standardisers.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(MetricsCases))]
    public void RocAuc_AgainstScikitLearn_Agrees(string name)
    {
        var known = Known.Case(name);

        Assert.Equal(known.Auc, RocAuc.Of(known.Scores, known.Labels), 1e-12);
    }

    [Theory]
    [MemberData(nameof(MetricsCases))]
    public void BinaryMetrics_AgainstScikitLearn_Agree(string name)
    {
        var known = Known.Case(name);

        Assert.Equal(known.Accuracy, BinaryMetrics.Accuracy(known.Scores, known.Labels), 1e-12);
        Assert.Equal(known.LogLoss, BinaryMetrics.LogLoss(known.Scores, known.Labels), 1e-9);
    }

    [Fact]
    public void Bootstrap_SameResamples_GivesNumpysQuantiles()
    {
        foreach (var known in Known.Bootstrap)
        {
            var rows = Known.Case(known.Name);
            var auc = new RocAuc(rows.Scores, rows.Labels);

            var estimate = Bootstrap.Intervals(rows.Scores.Length, known.Seed, [auc.Weighted], known.Resamples)[0];

            Assert.Equal(rows.Auc, estimate.Value, 1e-12);
            Assert.Equal(known.Auc[0], estimate.Low, 1e-9);
            Assert.Equal(known.Auc[1], estimate.High, 1e-9);
        }
    }

    [Fact]
    public void Evaluation_AgainstScipyBootstrap_AgreesWithinSamplingError()
    {
        var known = Known.Bootstrap[0];
        var rows = Known.Case(known.Name);

        var evaluation = TrainedModelEvaluation.Of(rows.Scores, rows.Labels, rows.Scores, known.Seed);

        Assert.Equal(known.ScipyAuc[0], evaluation.Auc.Low, 0.01);
        Assert.Equal(known.ScipyAuc[1], evaluation.Auc.High, 0.01);
        Assert.Equal(known.Accuracy[0], evaluation.Accuracy.Low, 1e-9);
        Assert.Equal(known.Accuracy[1], evaluation.Accuracy.High, 1e-9);
        Assert.Equal(rows.LogLoss, evaluation.LogLoss, 1e-9);
        Assert.Equal(0, evaluation.OnnxMaxAbsDifference);
    }

    [Theory]
    [MemberData(nameof(StandardiserCases))]
    public void Standardiser_AgainstScikitLearn_Agrees(string name)
    {
        var known = Known.Standardisers.Single(entry => entry.Name == name);
        var values = Array.ConvertAll(known.Values, value => value ?? float.NaN);

        var standardiser = Standardiser.Fit(values, [.. Enumerable.Range(0, values.Length)]);

        Assert.Equal(known.Mean, standardiser.Mean, 1e-9 * Math.Max(1, Math.Abs(known.Mean)));
        Assert.Equal(known.Scale, standardiser.Scale, 1e-9);
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(known.Standardised[i] ?? double.NaN, standardiser.Apply(values[i]), 1e-8);
        }
    }

    [Fact]
    public void SeededRandom_AgainstSecondImplementation_GivesTheSameWords()
    {
        var known = Known.Random;

        var random = SeededRandom.Of(known.Seed, ulong.Parse(known.Stream, CultureInfo.InvariantCulture), known.Index);

        Assert.Equal(known.Words, known.Words.Select(_ => random.NextUInt64().ToString(CultureInfo.InvariantCulture)));
    }
}
