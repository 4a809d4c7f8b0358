using AiFactory.Grains.Workers.Training;

namespace AiFactory.Grains.Workers.Tests.Training;

public sealed class RingAllReduceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 1)]
    [InlineData(2, 7)]
    [InlineData(3, 2)]
    [InlineData(3, 1_000)]
    [InlineData(5, 4_321)]
    [InlineData(2, 2 * RingAllReduce.PieceValues)]
    [InlineData(3, (3 * RingAllReduce.PieceValues) + 1)]
    public void Sum_AnySize_IsTheSumOnEveryRank(int ranks, int length)
    {
        // Whole numbers small enough that float addition is exact in any order.
        var values = Ranks(ranks, length, (rank, index) => ((rank + 1) * (index % 1_000)) + 1);
        var expected = Enumerable.Range(0, length).Select(index => (float)((ranks * (ranks + 1) / 2 * (index % 1_000)) + ranks)).ToArray();

        new InMemoryRing(ranks).Sum(values, Cancellation);

        Assert.All(values, own => Assert.Equal(expected, own));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Sum_RoundedValues_SameBitsOnEveryRankAndEveryTime(int ranks)
    {
        var first = Ranks(ranks, 1_003, (rank, index) => MathF.Sin((rank * 1_003) + index) * MathF.Pow(10, index % 13));
        var second = first.Select(own => own.ToArray()).ToArray();

        new InMemoryRing(ranks).Sum(first, Cancellation);
        new InMemoryRing(ranks).Sum(second, Cancellation);

        Assert.All(first, own => Assert.Equal(Bits(first[0]), Bits(own)));
        Assert.Equal(Bits(first[0]), Bits(second[0]));
    }

    [Fact]
    public void Sum_NotANumber_ReachesEveryRank()
    {
        var values = Ranks(3, 9, (rank, index) => rank == 1 && index == 4 ? float.NaN : 1);

        new InMemoryRing(3).Sum(values, Cancellation);

        Assert.All(values, own => Assert.Equal([3, 3, 3, 3, float.NaN, 3, 3, 3, 3], own));
    }

    [Fact]
    public void Sum_Traffic_IsTwiceTheShareOfTheOtherRanks()
    {
        const int Ranks = 4, Length = 4_000;
        var ring = new InMemoryRing(Ranks);

        ring.Sum(RingAllReduceTests.Ranks(Ranks, Length, (_, _) => 1), Cancellation);

        Assert.Equal(Ranks * 2L * (Ranks - 1) * Length / Ranks * sizeof(float), ring.BytesSent);
    }

    [Fact]
    public async Task Sum_PeerNeverComes_EndsWhenCancelled()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var link = new InMemoryRing(2).Link(0, stop.Token);
        var waiting = Task.Factory.StartNew(() => RingAllReduce.Sum(new float[8], link), Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public void Inbox_PiecesOutOfOrderAndTwice_ComeInSequenceOnce()
    {
        var inbox = new RingInbox();
        foreach (var sequence in new[] { 2, 0, 0, 1, 2, 3, 0 })
        {
            inbox.Post(sequence, new byte[] { (byte)sequence });
        }

        Assert.Equal([0, 1, 2, 3], Enumerable.Range(0, 4).Select(_ => inbox.Take(Cancellation)[0]));
    }

    private static float[][] Ranks(int ranks, int length, Func<int, int, float> value) =>
        [.. Enumerable.Range(0, ranks).Select(rank => Enumerable.Range(0, length).Select(index => value(rank, index)).ToArray())];

    private static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);
}
