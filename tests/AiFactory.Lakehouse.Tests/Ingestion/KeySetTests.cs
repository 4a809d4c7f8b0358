using System.Text;
using AiFactory.Lakehouse.Ingestion;

namespace AiFactory.Lakehouse.Tests.Ingestion;

public sealed class KeySetTests : IDisposable
{
    private readonly string scratch = Directory.CreateTempSubdirectory("aifactory-keys-").FullName;

    [Theory]
    [InlineData(100_000)]
    [InlineData(1_000)]
    [InlineData(1)]
    public void Contains_AnyMemory_IsExact(int inMemoryMax)
    {
        var random = new Random(5);
        HashSet<long> oracle = [];
        using var keys = new KeySet(inMemoryMax, scratch);
        for (var i = 0; i < Math.Min(20_000, inMemoryMax * 30); i++)
        {
            var value = random.NextInt64(15_000);
            Assert.Equal(!oracle.Add(value), keys.Contains(Key.Of(value)));
            if (!keys.Contains(Key.Of(value))) keys.Add(Key.Of(value));
        }

        Assert.All(oracle, value => Assert.True(keys.Contains(Key.Of(value))));
    }

    [Fact]
    public void Contains_AscendingKeysThenEachAgain_FindsThemAll()
    {
        using var keys = new KeySet(100, scratch);
        for (long i = 0; i < 1_000; i += 2)
        {
            Assert.False(keys.Contains(Key.Of(i)));
            keys.Add(Key.Of(i));
        }

        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => i % 2 == 0), Enumerable.Range(0, 1_000).Select(i => keys.Contains(Key.Of((long)i))));
    }

    [Fact]
    public void Dispose_SpilledKeys_LeavesNoFile()
    {
        using (var keys = new KeySet(10, scratch))
        {
            for (long i = 0; i < 100; i++) keys.Add(Key.Of(i));
            Assert.NotEmpty(Directory.EnumerateFiles(scratch));
        }

        Assert.Empty(Directory.EnumerateFiles(scratch));
    }

    [Fact]
    public void Of_DifferentTexts_AreDifferentKeys()
    {
        string[] texts = ["a", "a\0", "\0", "\0\0", "fifteen letters", "sixteen letters!", "sixteen letters?", new('x', 1000), new('x', 1001)];
        Assert.Equal(texts.Length, texts.Select(text => Key.Of(Encoding.UTF8.GetBytes(text))).Distinct().Count());
        Assert.DoesNotContain(UInt128.Zero, texts.Select(text => Key.Of(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public void Of_NegativeZero_IsZero() => Assert.Equal(Key.Of(0.0), Key.Of(-0.0));

    public void Dispose() => Directory.Delete(scratch, recursive: true);
}
