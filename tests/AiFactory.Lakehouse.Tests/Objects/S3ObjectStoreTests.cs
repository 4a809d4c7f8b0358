using AiFactory.Domain.Refusals;
using AiFactory.Lakehouse.Objects;
using AiFactory.Lakehouse.Objects.S3;
using AiFactory.Testing;

namespace AiFactory.Lakehouse.Tests.Objects;

/// <summary>The same as of the local store, and what only a bucket has; judged by an S3 server of others.</summary>
public sealed class S3ObjectStoreTests(S3ObjectStoreTests.Servers servers) : ObjectStoreContract, IClassFixture<S3ObjectStoreTests.Servers>, IAsyncLifetime
{
    private const int Mebibyte = 1 << 20;
    private readonly string cacheFolder = Directory.CreateTempSubdirectory("aifactory-copies-").FullName;
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;
    private readonly string prefix = $"some/{Guid.CreateVersion7():N}";
    private S3Server? server;
    private S3ObjectStore? store;

    internal override IObjectStore Store => store!;

    protected override IReadOnlyList<string> Kept =>
        [.. All().Select(path => path[(prefix.Length + 1)..]).Where(path => !path.StartsWith("keeps/", StringComparison.Ordinal))];

    protected override string Scratch => Path.Combine(cacheFolder, "finished");

    protected override int Rounds => 6;

    public async ValueTask InitializeAsync()
    {
        server = await servers.One();
        store = Open(Options());
    }

    public ValueTask DisposeAsync()
    {
        store?.Dispose();
        Directory.Delete(cacheFolder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task PutContent_LargerThanAPart_IsUploadedInPartsAndReadBackTheSame()
    {
        var bytes = new byte[(11 * Mebibyte) + 17];
        new Random(1).NextBytes(bytes);
        var content = await Store.PutContent(new MemoryStream(bytes), cancellation);

        using var elsewhere = Open(Options(), "elsewhere");
        Assert.Equal(bytes, await File.ReadAllBytesAsync(elsewhere.LocalPath(Store.ContentPath(content.Sha256)), cancellation));
        Assert.Equal(bytes, await elsewhere.TryRead(Store.ContentPath(content.Sha256), cancellation));
    }

    [Fact]
    public async Task List_ThousandsOfObjects_GivesThemAll()
    {
        for (var i = 0; i < 1003; i++) await Store.Put($"many/{i:D5}", default, cancellation);
        Assert.Equal(1003, Store.List("many").Count);
        Assert.Equal(3, Store.List("many", "many/00999").Count);
    }

    [Fact]
    public async Task LocalPath_MoreThanTheCacheHolds_KeepsWhatWasUsedLately()
    {
        var time = new ShiftedTime();
        using var small = new S3ObjectStore(S3Bucket.Open(Options()), new ObjectCache(Path.Combine(cacheFolder, "small"), 3 * Mebibyte, time), time);
        for (var i = 0; i < 6; i++)
        {
            await small.Put($"a/{i}", new byte[Mebibyte], cancellation);
            Assert.Equal(Mebibyte, new FileInfo(small.LocalPath($"a/{i}")).Length);
            time.Shift += TimeSpan.FromMinutes(11);
        }

        Assert.InRange(Directory.GetFiles(Path.Combine(cacheFolder, "small", "copies"), "*", SearchOption.AllDirectories).Length, 1, 3);
        Assert.Equal(Mebibyte, new FileInfo(small.LocalPath("a/0")).Length);
    }

    [Fact]
    public async Task Check_WrongPlaceOrKey_IsRefusedByName()
    {
        Assert.Equal("object-store-bucket-missing", await Refusal(Options() with { Place = new("s3://nobodys") }));
        Assert.Equal("object-store-denied", await Refusal(Options() with { AccessKey = "WRONG" }));
        Assert.Equal("object-store-unreachable", await Refusal(Options() with { Endpoint = new("http://127.0.0.1:1") }));
    }

    [Fact]
    public async Task Check_StoreWithoutConditionalWrites_IsRefused()
    {
        await using var unconditional = await S3Server.StartOrSkip(conditional: false);
        Assert.Equal("object-store-unconditional", await Refusal(Options() with { Endpoint = unconditional.Endpoint }));
    }

    [Fact]
    public async Task TryRead_BytesThatAreNotThosePut_IsRefused()
    {
        await Store.Put("a/b", "bytes"u8.ToArray(), cancellation);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(server!.Folder, S3Server.Bucket, prefix), "b._S3rver_object", SearchOption.AllDirectories))
            await File.WriteAllTextAsync(file, "bites", cancellation);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => Store.TryRead("a/b", cancellation));

        Assert.Equal("object-corrupt", refused.Refusal.Code);
        Assert.Throws<RefusedException>(() => Store.LocalPath("a/b"));
    }

    private S3Options Options() => new()
    {
        Place = new($"s3://{S3Server.Bucket}/{prefix}"),
        Endpoint = server!.Endpoint,
        AccessKey = S3Server.Key,
        SecretKey = S3Server.Key,
        UploadPartBytes = 5 * Mebibyte,
    };

    private S3ObjectStore Open(S3Options options, string folder = "copies") => S3ObjectStore.Open(options, Path.Combine(cacheFolder, folder), TimeProvider.System);

    private async Task<string> Refusal(S3Options options)
    {
        using var wrong = Open(options, "wrong");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => wrong.Check(cancellation));
        Assert.NotNull(refused.Refusal.Mend);
        return refused.Refusal.Code;
    }

    private List<string> All()
    {
        using var bucket = S3Bucket.Open(Options() with { Place = new($"s3://{S3Server.Bucket}") });
        return bucket.List(prefix, "", cancellation).GetAwaiter().GetResult();
    }

    /// <summary>One server for all tests of this class; each has a prefix of its own.</summary>
    public sealed class Servers : IAsyncDisposable
    {
        private S3Server? one;

        internal async Task<S3Server> One() => one ??= await S3Server.StartOrSkip();

        public ValueTask DisposeAsync() => one?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }
}
