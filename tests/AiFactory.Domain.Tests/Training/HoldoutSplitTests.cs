using AiFactory.Domain.Training;
using CsCheck;

namespace AiFactory.Domain.Tests.Training;

public sealed class HoldoutSplitTests
{
    [Fact]
    public void Draw_AnyArguments_SplitsEveryRowOnceInOrder() =>
        Gen.Select(Gen.Int[0, 500], Gen.Double[0, 1], Gen.Int).Sample((rows, fraction, seed) =>
        {
            var split = HoldoutSplit.Draw(rows, fraction, seed);

            return split.HoldoutRows.Length == (int)Math.Round(rows * fraction, MidpointRounding.AwayFromZero)
                && split.TrainRows.Concat(split.HoldoutRows).Order().SequenceEqual(Enumerable.Range(0, rows))
                && split.TrainRows.SequenceEqual(split.TrainRows.Order())
                && split.HoldoutRows.SequenceEqual(split.HoldoutRows.Order());
        });

    [Fact]
    public void Draw_SameSeed_IsTheSame() =>
        Assert.Equal(HoldoutSplit.Draw(1000, 0.2, 7).HoldoutRows, HoldoutSplit.Draw(1000, 0.2, 7).HoldoutRows);

    [Fact]
    public void Draw_OtherSeed_IsAnother() =>
        Assert.NotEqual(HoldoutSplit.Draw(1000, 0.2, 7).HoldoutRows, HoldoutSplit.Draw(1000, 0.2, 8).HoldoutRows);

    [Fact]
    public void Draw_ManySeeds_HoldsEveryRowEquallyOften()
    {
        var held = new int[50];
        for (var seed = 0; seed < 2_000; seed++)
        {
            foreach (var row in HoldoutSplit.Draw(50, 0.2, seed).HoldoutRows)
            {
                held[row]++;
            }
        }

        // 400 expected, standard deviation 17.9; 5 deviations either side.
        Assert.All(held, count => Assert.InRange(count, 310, 490));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Draw_FractionOutOfRange_Throws(double fraction) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => HoldoutSplit.Draw(10, fraction, 1));
}
