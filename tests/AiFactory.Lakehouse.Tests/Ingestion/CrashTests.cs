using System.Text.Json;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Serialization;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Lakehouse.Tests.Ingestion;

/// <summary>An attempt dies at every single write to the store, before it or after it; the next attempt must give what an unharmed one gives.</summary>
public sealed class CrashTests
{
    private const string Csv = TestLake.PeopleHeader + "1,1,1,true,2024-01-01,Oslo\n2,x,1,true,2024-01-01,Oslo\n3,1,1,true,2024-01-01,Rome\n";

    /// <summary>One data file, one quarantine file, one commit to each table.</summary>
    private const int WritesOfAnAttempt = 4;

    public static TheoryData<int, bool> Crashes =>
        new(Enumerable.Range(1, WritesOfAnAttempt).SelectMany(write => new[] { (write, false), (write, true) }));

    [Theory]
    [MemberData(nameof(Crashes))]
    public async Task Ingest_AgainAfterACrash_GivesTheSameVersionOnce(int write, bool after)
    {
        using var unharmed = new TestLake();
        var expected = await unharmed.Ingest(Csv);

        using var lake = new TestLake();
        var sound = lake.Store;
        lake.Store = new CrashingStore(sound, write, after);
        await Assert.ThrowsAsync<CrashException>(() => lake.Ingest(Csv));
        lake.Store = sound;
        var version = await lake.Ingest(Csv);
        Assert.Equal(Json(expected), Json(version));
        Assert.Equal(Json(expected), Json(await lake.Ingest(Csv)));
        Assert.Equal(unharmed.Files, lake.Files);
        Assert.Equal([new(2, "age", "wrong-type", "x", "2,x,1,true,2024-01-01,Oslo")], lake.Tables.ReadQuarantine(version, 0, 10));
    }

    [Fact]
    public async Task Ingest_AgainAfterOthersPublished_GivesTheSameVersion()
    {
        using var lake = new TestLake();
        var first = await lake.Ingest(Csv);
        var second = await lake.Ingest(Csv, id: "i-2");
        var third = await lake.Ingest(Csv, id: "i-3");
        Assert.Equal([1, 2, 3], new[] { first.Version, second.Version, third.Version });
        Assert.Equal(Json(first), Json(await lake.Ingest(Csv)));
        Assert.Equal(Json(second), Json(await lake.Ingest(Csv, id: "i-2")));
    }

    [Fact]
    public async Task Ingest_ManyAtOnce_EachGetAVersionOfTheirOwn()
    {
        using var lake = new TestLake();
        var versions = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => lake.Ingest(Csv, id: $"i-{i}")));
        Assert.Equal([1, 2, 3, 4, 5, 6], versions.Select(version => version.Version).Order());
    }

    [Fact]
    public async Task Ingest_SameIdAtOnce_GivesOneVersion()
    {
        using var lake = new TestLake();
        var versions = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => lake.Ingest(Csv)));
        Assert.Single(versions.Select(Json).Distinct());
        Assert.All(lake.Tables.ReadColumns(versions[0]), Assert.NotNull);
    }

    private static string Json(DatasetVersion version) => JsonSerializer.Serialize(version, FactoryJson.Options);

    private sealed class CrashException : Exception;

    /// <summary>Fails at the n-th write, before or after the write takes effect, and at every call from then on, as a dead process would.</summary>
    private sealed class CrashingStore(IObjectStore store, int crashAt, bool after) : IObjectStore
    {
        private int writes;

        public Task<StoredContent> PutContent(Stream content, CancellationToken cancellation) => store.PutContent(content, cancellation);

        public void TakeBack(string sha256, DateTime stamp) => store.TakeBack(sha256, stamp);

        public string ContentPath(string sha256) => store.ContentPath(sha256);

        public Task Put(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
            Write(async () => { await store.Put(path, bytes, cancellation); return true; });

        public Task<bool> PutIfAbsent(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
            Write(() => store.PutIfAbsent(path, bytes, cancellation));

        public Task PutFile(string path, string file, CancellationToken cancellation) =>
            Write(async () => { await store.PutFile(path, file, cancellation); return true; });

        public bool Exists(string path) => store.Exists(path);

        public Stream OpenRead(string path) => store.OpenRead(path);

        public string LocalPath(string path) => store.LocalPath(path);

        public string LocalFolder(string name, IReadOnlyDictionary<string, string> files) => store.LocalFolder(name, files);

        public IReadOnlyList<string> List(string folder) => store.List(folder);

        public void Delete(string path) => store.Delete(path);

        private async Task<T> Write<T>(Func<Task<T>> write)
        {
            if (++writes > crashAt || (writes == crashAt && !after)) throw new CrashException();
            var result = await write();
            return writes == crashAt ? throw new CrashException() : result;
        }
    }
}
