using AiFactory.Domain.Workers;
using CsCheck;

namespace AiFactory.Domain.Tests.Workers;

public sealed class CostSharesTests
{
    private static readonly Gen<int[]> Weights = Gen.Int[0, 100_000].Array[1, 200].Where(weights => weights.Any(weight => weight > 0));

    [Fact]
    public void Split_AnyTotalAndWeights_SumsExactlyAndStaysWithinOneOfTheProportion() =>
        Gen.Select(Gen.Long[0, long.MaxValue], Weights).Sample((total, weights) =>
        {
            var shares = new long[weights.Length];
            CostShares.Split(total, weights, shares);
            var sum = (Int128)weights.Sum(weight => (long)weight);

            Assert.Equal((Int128)total, shares.Aggregate((Int128)0, (all, share) => all + share));
            for (var i = 0; i < shares.Length; i++)
            {
                var floor = (Int128)total * weights[i] / sum;
                Assert.InRange(shares[i] - floor, 0, 1);
            }
        });

    [Fact]
    public void Split_AnyWeights_HeavierNeverGetsLess() =>
        Gen.Select(Gen.Long[0, 1_000_000], Weights).Sample((total, weights) =>
        {
            var shares = new long[weights.Length];
            CostShares.Split(total, weights, shares);
            var byWeight = weights.Zip(shares).OrderBy(pair => pair.First).ThenBy(pair => pair.Second).ToArray();
            for (var i = 1; i < byWeight.Length; i++)
            {
                Assert.True(byWeight[i].First == byWeight[i - 1].First || byWeight[i].Second >= byWeight[i - 1].Second);
            }
        });

    [Theory]
    [InlineData(10, new[] { 1, 1, 1 }, new long[] { 4, 3, 3 })]
    [InlineData(100, new[] { 53, 24, 23 }, new long[] { 53, 24, 23 })]
    [InlineData(7, new[] { 5, 0, 2, 3 }, new long[] { 4, 0, 1, 2 })]
    [InlineData(0, new[] { 2, 3 }, new long[] { 0, 0 })]
    public void Split_KnownCase_GivesLeftoversToLargestRemainders(long total, int[] weights, long[] expected)
    {
        var shares = new long[weights.Length];
        CostShares.Split(total, weights, shares);
        Assert.Equal(expected, shares);
    }

    [Fact]
    public void Split_WeightsWithoutSum_Throws() =>
        Assert.Throws<ArgumentException>(() => CostShares.Split(1, [0, 0], new long[2]));

    [Fact]
    public void Split_NegativeWeight_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => CostShares.Split(1, [2, -1], new long[2]));
}
