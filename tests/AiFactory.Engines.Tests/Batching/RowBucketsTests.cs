using AiFactory.Engines.Inference.Batching;

namespace AiFactory.Engines.Tests.Batching;

public sealed class RowBucketsTests
{
    [Fact]
    public void Plan_EqualSizes_MakesOneBucket() => Assert.Equal([[0, 1, 2]], Plan(new(8, 1000), 1, [5, 5, 5], [1, 1, 1]));

    [Fact]
    public void Plan_MixedSizes_KeepsOrderWithinBuckets() =>
        Assert.Equal([[0, 2, 5], [1, 4], [3]], Plan(new(8, 1000), 2, [1, 2, 2, 1, 1, 2, 3, 3, 2, 1, 1, 2], [1, 1, 1, 1, 1, 1]));

    [Fact]
    public void Plan_MoreRowsThanABucketTakes_OpensAnother() => Assert.Equal([[0, 1], [2, 3], [4]], Plan(new(2, 1000), 1, [7, 7, 7, 7, 7], [1, 1, 1, 1, 1]));

    [Fact]
    public void Plan_MoreBytesThanABucketTakes_OpensAnotherAndLongRowsRunAlone() =>
        Assert.Equal([[0, 2], [1], [3]], Plan(new(8, 10), 1, [7, 7, 7, 7], [4, 50, 6, 1]));

    [Fact]
    public void Plan_OneRowABucket_RunsEachAlone() => Assert.Equal([[0], [1]], Plan(new(1, 1000), 0, [], [1, 1]));

    [Fact]
    public void Plan_Again_ForgetsTheFirst()
    {
        var buckets = new RowBuckets(8, 1000);
        Plan(buckets, 1, [1, 2, 3], [1, 1, 1]);
        Assert.Equal([[0, 1]], Plan(buckets, 1, [9, 9], [1, 1]));
    }

    private static int[][] Plan(RowBuckets buckets, int axes, int[] sizes, int[] bytes)
    {
        buckets.Plan(sizes, axes, bytes);
        return [.. Enumerable.Range(0, buckets.Count).Select(bucket => buckets.Rows(bucket).ToArray())];
    }
}
