using AiFactory.Domain.Refusals;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Lakehouse.Tests.Objects;

public sealed class LocalObjectStoreTests : IDisposable
{
    private const string AbcSha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private readonly TestLake lake = new();
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task PutContent_Bytes_AreKeptUnderTheirDigest()
    {
        var content = await lake.Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        Assert.Equal((AbcSha256, 3L, null), (content.Sha256, content.SizeBytes, content.Former));
        Assert.Equal($"content/sha256/ba/{AbcSha256}", lake.Store.ContentPath(AbcSha256));
        Assert.Equal("abc", await Read(lake.Store.ContentPath(AbcSha256)));
    }

    [Fact]
    public async Task PutContent_SameBytesAgain_LeavesOneFile()
    {
        await lake.Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        await lake.Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        Assert.Single(lake.Files);
    }

    [Fact]
    public async Task TakeBack_ContentThatNobodyElseKept_IsGoneWithItsFolder()
    {
        var content = await lake.Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        var folder = lake.Store.LocalFolder(AbcSha256, new Dictionary<string, string> { ["a.txt"] = lake.Store.ContentPath(AbcSha256) });

        lake.Store.TakeBack(content.Sha256, content.Stamp);
        lake.Store.TakeBack(content.Sha256, content.Stamp);

        Assert.Empty(lake.Files);
        Assert.False(Directory.Exists(folder));
        Assert.Null((await lake.Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation)).Former);
    }

    [Fact]
    public async Task TakeBack_ContentThatOthersKeptToo_Stays()
    {
        var first = await lake.Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        var second = await lake.Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        var third = await lake.Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        Assert.Equal((first.Stamp, second.Stamp), (second.Former, third.Former));

        lake.Store.TakeBack(first.Sha256, first.Stamp);
        lake.Store.TakeBack(first.Sha256, second.Stamp);

        Assert.Equal("abc", await Read(lake.Store.ContentPath(AbcSha256)));
    }

    [Fact]
    public async Task TakeBack_WhileOthersKeepTheSame_NoneOfThemLosesIt()
    {
        for (var round = 0; round < 50; round++)
        {
            var bytes = BitConverter.GetBytes(round);
            var content = await lake.Store.PutContent(new MemoryStream(bytes), cancellation);
            await Task.WhenAll(
                Task.Run(() => lake.Store.TakeBack(content.Sha256, content.Stamp), cancellation),
                Task.Run(() => lake.Store.PutContent(new MemoryStream(bytes), cancellation), cancellation));

            Assert.True(lake.Store.Exists(lake.Store.ContentPath(content.Sha256)));
        }
    }

    [Fact]
    public async Task PutContent_SourceThatFails_LeavesNothing()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => lake.Store.PutContent(new FailingStream(), cancellation));
        Assert.Empty(lake.Files);
    }

    [Fact]
    public async Task Put_ObjectThatIsThere_IsReplaced()
    {
        await lake.Store.Put("a/b", "one"u8.ToArray(), cancellation);
        await lake.Store.Put("a/b", "two"u8.ToArray(), cancellation);
        Assert.Equal("two", await Read("a/b"));
    }

    [Fact]
    public async Task PutIfAbsent_ManyAtOnce_LetsExactlyOneWin()
    {
        for (var round = 0; round < 50; round++)
        {
            var path = $"log/{round}";
            var won = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => lake.Store.PutIfAbsent(path, new[] { (byte)i }, cancellation), cancellation)));
            Assert.Single(won, true);
            Assert.Equal(Array.IndexOf(won, true), (await Read(path))[0]);
        }

        Assert.Equal(50, lake.Files.Count);
    }

    [Fact]
    public async Task PutFile_FinishedFile_IsTakenOver()
    {
        var file = Path.Combine(LocalObjectStore.ScratchFolder(lake.Root), "finished");
        await File.WriteAllTextAsync(file, "rows", cancellation);
        await lake.Store.PutFile("t/rows", file, cancellation);
        Assert.Equal("rows", await Read("t/rows"));
        Assert.Equal(["t/rows"], lake.Files);
    }

    [Fact]
    public void Start_LeftoversOfKilledProcesses_AreRemovedOnceOld()
    {
        var scratch = LocalObjectStore.ScratchFolder(lake.Root);
        foreach (var name in new[] { "old", "new" }) File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(scratch, name)).FullName, "half"), "");
        File.WriteAllText(Path.Combine(scratch, "old-file"), "");
        Directory.SetLastWriteTimeUtc(Path.Combine(scratch, "old"), DateTime.UtcNow.AddDays(-2));
        File.SetLastWriteTimeUtc(Path.Combine(scratch, "old-file"), DateTime.UtcNow.AddDays(-2));
        _ = new LocalObjectStore(lake.Root, TimeProvider.System);
        Assert.Equal([".scratch/new/half"], lake.Files);
    }

    [Fact]
    public void Delete_ObjectThatIsNotThere_HasNoEffect()
    {
        lake.Store.Delete("no/such");
        Assert.False(lake.Store.Exists("no/such"));
    }

    [Fact]
    public void OpenRead_ObjectThatIsNotThere_Throws() => Assert.Throws<FileNotFoundException>(() => lake.Store.OpenRead("no/such"));

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../up")]
    [InlineData("a/../../up")]
    [InlineData("a/./b")]
    [InlineData("a//b")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("C:/x")]
    [InlineData(".scratch/x")]
    public void LocalPath_PathOutsideTheRules_IsRefused(string path) =>
        Assert.Equal("object-path-invalid", Assert.Throws<RefusedException>(() => lake.Store.LocalPath(path)).Refusal.Code);

    [Fact]
    public void ContentPath_NoDigest_IsRefused() =>
        Assert.Equal("content-address-invalid", Assert.Throws<RefusedException>(() => lake.Store.ContentPath("../../etc/passwd")).Refusal.Code);

    [Fact]
    public async Task LocalFolder_Objects_LieSideBySideUnderTheirNames()
    {
        var abc = await lake.Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        await lake.Store.Put("weights", "w"u8.ToArray(), cancellation);
        var files = new Dictionary<string, string> { ["model.onnx"] = lake.Store.ContentPath(abc.Sha256), ["parts/w.data"] = "weights" };

        var folders = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => lake.Store.LocalFolder(abc.Sha256, files), cancellation)));

        Assert.All(folders, folder => Assert.Equal(folders[0], folder));
        Assert.Equal("abc", await File.ReadAllTextAsync(Path.Combine(folders[0], "model.onnx"), cancellation));
        Assert.Equal("w", await File.ReadAllTextAsync(Path.Combine(folders[0], "parts", "w.data"), cancellation));
    }

    [Fact]
    public void LocalFolder_MissingObjectOrNameOutside_MakesNoFolder()
    {
        Assert.Throws<FileNotFoundException>(() => lake.Store.LocalFolder("some", new Dictionary<string, string> { ["model.onnx"] = "nothing" }));
        Assert.Throws<RefusedException>(() => lake.Store.LocalFolder("some", new Dictionary<string, string> { ["../model.onnx"] = "nothing" }));
        Assert.False(Directory.Exists(lake.Store.LocalPath("folders/some")));
    }

    [Fact]
    public async Task List_Folder_GivesPathsInOrder()
    {
        await lake.Store.Put("a/z", "1"u8.ToArray(), cancellation);
        await lake.Store.Put("a/b/c", "2"u8.ToArray(), cancellation);
        await lake.Store.Put("ab", "3"u8.ToArray(), cancellation);

        Assert.Equal(["a/b/c", "a/z"], lake.Store.List("a"));
        Assert.Empty(lake.Store.List("none"));
        Assert.Throws<RefusedException>(() => lake.Store.List("../up"));
    }

    public void Dispose() => lake.Dispose();

    private async Task<string> Read(string path)
    {
        using var reader = new StreamReader(lake.Store.OpenRead(path));
        return await reader.ReadToEndAsync(cancellation);
    }

    private sealed class FailingStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new InvalidOperationException("gone");
    }
}
