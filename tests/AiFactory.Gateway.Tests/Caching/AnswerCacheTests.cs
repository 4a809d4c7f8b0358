using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Gateway.Caching;

public sealed class AnswerCacheTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void TryGet_SameInput_GivesTheAnswerAndItsDecision()
    {
        var cache = Cache();
        cache.Keep("m@1", 1, [1, 2, 3], [9], 640);

        Assert.True(cache.TryGet("m@1", 1, [1, 2, 3], anyAge: false, out var answer));
        Assert.Equal((640L, 9), (answer.Original, answer.Output.Span[0]));
        Assert.Equal((1L, 1), (cache.Hits, cache.Count));
    }

    [Theory]
    [InlineData("m@2", 1, new byte[] { 1, 2, 3 })]
    [InlineData("m@1", 3, new byte[] { 1, 2, 3 })]
    [InlineData("m@1", 1, new byte[] { 1, 2, 4 })]
    [InlineData("m@1", 1, new byte[] { 1, 2, 3, 0 })]
    public void TryGet_OtherVersionOrRowsOrInput_Misses(string model, int rows, byte[] input)
    {
        var cache = Cache();
        cache.Keep("m@1", 1, [1, 2, 3], [9], 0);

        Assert.False(cache.TryGet(model, rows, input, anyAge: false, out _));
        Assert.Equal(0, cache.Hits);
    }

    [Fact]
    public void TryGet_SameHashOtherInput_Misses()
    {
        var shard = new AnswerShard(10_000);
        shard.Keep(7, "m@1", 1, [1], [9], 0, now: 0);

        Assert.False(shard.TryGet(7, "m@1", 1, [2], long.MinValue, out _));
        Assert.False(shard.TryGet(7, "m@2", 1, [1], long.MinValue, out _));
        Assert.True(shard.TryGet(7, "m@1", 1, [1], long.MinValue, out _));
        shard.Keep(7, "m@1", 1, [2], [8], 0, now: 0);
        Assert.False(shard.TryGet(7, "m@1", 1, [1], long.MinValue, out _));
        Assert.True(shard.TryGet(7, "m@1", 1, [2], long.MinValue, out _));
        Assert.Equal((1, AnswerShard.EntryBytes + 2L), (shard.Count, shard.Bytes));
    }

    [Fact]
    public void TryGet_Aged_MissesUnlessAgeIsNoMatter()
    {
        var cache = Cache();
        cache.Keep("m@1", 1, [1], [9], 0);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.True(cache.TryGet("m@1", 1, [1], anyAge: false, out _));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.False(cache.TryGet("m@1", 1, [1], anyAge: false, out _));
        Assert.True(cache.TryGet("m@1", 1, [1], anyAge: true, out _));
        cache.Keep("m@1", 1, [1], [8], 0);
        Assert.True(cache.TryGet("m@1", 1, [1], anyAge: false, out var answer));
        Assert.Equal(8, answer.Output.Span[0]);
    }

    [Fact]
    public void Keep_MoreThanFits_DropsTheLeastRecentlyUsed()
    {
        var shard = new AnswerShard(3 * (AnswerShard.EntryBytes + 2));
        for (byte i = 0; i < 3; i++)
        {
            shard.Keep(i, "m@1", 1, [i], [i], i, now: 0);
        }

        Assert.True(shard.TryGet(0, "m@1", 1, [0], long.MinValue, out _));
        shard.Keep(3, "m@1", 1, [3], [3], 3, now: 0);

        Assert.True(shard.TryGet(0, "m@1", 1, [0], long.MinValue, out _));
        Assert.False(shard.TryGet(1, "m@1", 1, [1], long.MinValue, out _));
        Assert.Equal((3, 3L * (AnswerShard.EntryBytes + 2)), (shard.Count, shard.Bytes));
    }

    [Fact]
    public void Keep_ManyAnswers_StayWithinTheMemoryStated()
    {
        var cache = new AnswerCache(new(60, 4 << 20), _time, seed: 1);
        for (var i = 0; i < 20_000; i++)
        {
            cache.Keep("m@1", 1, BitConverter.GetBytes(i).Concat(new byte[1000]).ToArray(), [1], i);
        }

        Assert.InRange(cache.Bytes, 3 << 20, 4 << 20);
        Assert.InRange(cache.Count, 1000, 4000);
    }

    [Fact]
    public void Keep_LargerThanTheCache_IsNotKept()
    {
        var cache = new AnswerCache(new(60, 100), _time, seed: 1);
        cache.Keep("m@1", 1, [1], [9], 0);

        Assert.Equal((0, 0L), (cache.Count, cache.Bytes));
    }

    [Fact]
    public void TryGet_ManyThreads_GiveEachItsOwnAnswer()
    {
        var cache = new AnswerCache(new(60, 1 << 20), _time, seed: 1);
        Parallel.For(0, 50_000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            var input = BitConverter.GetBytes(i % 20_000);
            if (cache.TryGet("m@1", 1, input, anyAge: false, out var answer))
            {
                Assert.True(answer.Output.Span.SequenceEqual(input));
            }
            else
            {
                cache.Missed();
                cache.Keep("m@1", 1, input, input, i);
            }
        });

        Assert.Equal(50_000, cache.Hits + cache.Misses);
        Assert.InRange(cache.Bytes, 1, 1 << 20);
    }

    private AnswerCache Cache() => new(new(SecondsMax: 60), _time, seed: 42);
}
