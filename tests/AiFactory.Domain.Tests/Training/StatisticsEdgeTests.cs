using AiFactory.Domain.Statistics;
using AiFactory.Domain.Training;
using CsCheck;

namespace AiFactory.Domain.Tests.Training;

public sealed class StatisticsEdgeTests
{
    [Fact]
    public void RocAuc_OneClass_IsNaN() => Assert.Equal(double.NaN, RocAuc.Of([0.1f, 0.9f], [true, true]));

    [Fact]
    public void RocAuc_NoRows_IsNaN() => Assert.Equal(double.NaN, RocAuc.Of([], []));

    [Fact]
    public void RocAuc_NaNScore_IsRefused() =>
        Assert.Contains("Score 1", Assert.Throws<ArgumentException>(() => RocAuc.Of([0.1f, float.NaN], [true, false])).Message, StringComparison.Ordinal);

    [Fact]
    public void RocAuc_DifferentLengths_IsRefused() => Assert.Throws<ArgumentException>(() => RocAuc.Of([0.1f], [true, false]));

    [Fact]
    public void RocAuc_AnyScores_EqualsCountOfPairs() => Gen.Select(Gen.Int[0, 5], Gen.Bool).Array[2, 30].Sample(rows =>
    {
        var scores = Array.ConvertAll(rows, row => (float)row.Item1);
        var labels = Array.ConvertAll(rows, row => row.Item2);
        double wins = 0;
        var pairs = 0;
        for (var p = 0; p < rows.Length; p++)
        {
            for (var n = 0; n < rows.Length; n++)
            {
                if (labels[p] && !labels[n])
                {
                    pairs++;
                    wins += scores[p] > scores[n] ? 1 : scores[p] == scores[n] ? 0.5 : 0;
                }
            }
        }

        var auc = RocAuc.Of(scores, labels);
        return pairs == 0 ? double.IsNaN(auc) : Math.Abs(auc - (wins / pairs)) < 1e-12;
    });

    [Fact]
    public void RocAuc_Weighted_EqualsRepeatedRows()
    {
        float[] scores = [0.1f, 0.4f, 0.4f, 0.8f];
        bool[] labels = [false, true, false, true];

        var weighted = new RocAuc(scores, labels).Weighted([2, 1, 3, 0]);

        Assert.Equal(RocAuc.Of([0.1f, 0.1f, 0.4f, 0.4f, 0.4f, 0.4f], [false, false, true, false, false, false]), weighted, 1e-15);
    }

    [Fact]
    public void Bootstrap_SameSeed_GivesTheSameBits()
    {
        WeightedStatistic share = counts => counts.IsEmpty ? 0.5 : counts[0] / 10.0;

        Assert.Equal(Bootstrap.Intervals(10, 3, [share]), Bootstrap.Intervals(10, 3, [share]));
        Assert.NotEqual(Bootstrap.Intervals(10, 3, [counts => counts.IsEmpty ? 0 : Weigh(counts)]), Bootstrap.Intervals(10, 4, [counts => counts.IsEmpty ? 0 : Weigh(counts)]));

        static double Weigh(ReadOnlySpan<int> counts)
        {
            double sum = 0;
            for (var i = 0; i < counts.Length; i++)
            {
                sum += counts[i] * Math.Sqrt(i);
            }

            return sum;
        }
    }

    [Fact]
    public void Bootstrap_OneClass_HasNaNBounds()
    {
        var auc = new RocAuc([0.2f, 0.4f], [true, true]);

        var estimate = Bootstrap.Intervals(2, 1, [auc.Weighted])[0];

        Assert.Equal(new Estimate(double.NaN, double.NaN, double.NaN), estimate);
    }

    [Fact]
    public void Standardiser_NoValues_LeavesValuesAlone() =>
        Assert.Equal(new Standardiser(0, 1), Standardiser.Fit([float.NaN, float.NaN], [0, 1]));

    [Fact]
    public void Standardiser_Fit_SeesOnlyTheGivenRows() =>
        Assert.Equal(new Standardiser(2, 1), Standardiser.Fit([1, 3, 1000], [0, 1]));

    [Fact]
    public void MaxAbsDifference_NaN_IsNotHidden() =>
        Assert.Equal(double.NaN, TrainedModelEvaluation.MaxAbsDifference([float.NaN, 0.5f], [0.5f, 0.5f]));

    [Fact]
    public void SeededRandom_Next_StaysInBoundsAndReachesAll()
    {
        var random = SeededRandom.Of(1, 2);
        var seen = new int[7];
        for (var i = 0; i < 7_000; i++)
        {
            seen[random.Next(7)]++;
        }

        Assert.All(seen, count => Assert.InRange(count, 850, 1150));
    }
}
