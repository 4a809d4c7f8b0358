using AiFactory.Domain.Refusals;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Lakehouse.Tests.Objects;

/// <summary>What every object store does, wherever it keeps its objects.</summary>
public abstract class ObjectStoreContract
{
    private const string AbcSha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    /// <summary>The store under test.</summary>
    internal abstract IObjectStore Store { get; }

    /// <summary>Paths of all that it keeps.</summary>
    protected abstract IReadOnlyList<string> Kept { get; }

    /// <summary>A folder on the file system where finished files wait to be taken over.</summary>
    protected abstract string Scratch { get; }

    /// <summary>How often a race is run.</summary>
    protected virtual int Rounds => 50;

    [Fact]
    public async Task PutContent_Bytes_AreKeptUnderTheirDigest()
    {
        var content = await Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        Assert.Equal((AbcSha256, 3L, null), (content.Sha256, content.SizeBytes, content.Former));
        Assert.Equal($"content/sha256/ba/{AbcSha256}", Store.ContentPath(AbcSha256));
        Assert.Equal("abc", await Read(Store.ContentPath(AbcSha256)));
    }

    [Fact]
    public async Task PutContent_SameBytesAgain_LeavesOneFile()
    {
        await Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        await Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        Assert.Single(Kept);
    }

    [Fact]
    public async Task TakeBack_ContentThatNobodyElseKept_IsGoneWithItsFolder()
    {
        var content = await Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        var folder = Store.LocalFolder(AbcSha256, new Dictionary<string, string> { ["a.txt"] = Store.ContentPath(AbcSha256) });

        Store.TakeBack(content.Sha256, content.Stamp);
        Store.TakeBack(content.Sha256, content.Stamp);

        Assert.Empty(Kept);
        Assert.False(Directory.Exists(folder));
        Assert.Null((await Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation)).Former);
    }

    [Fact]
    public async Task TakeBack_ContentThatOthersKeptToo_Stays()
    {
        var first = await Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        var second = await Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        var third = await Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        Assert.Equal((first.Stamp, second.Stamp), (second.Former, third.Former));

        Store.TakeBack(first.Sha256, first.Stamp);
        Store.TakeBack(first.Sha256, second.Stamp);

        Assert.Equal("abc", await Read(Store.ContentPath(AbcSha256)));
    }

    [Fact]
    public async Task TakeBack_WhileOthersKeepTheSame_NoneOfThemLosesIt()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = BitConverter.GetBytes(round);
            var content = await Store.PutContent(new MemoryStream(bytes), cancellation);
            await Task.WhenAll(
                Task.Run(() => Store.TakeBack(content.Sha256, content.Stamp), cancellation),
                Task.Run(() => Store.PutContent(new MemoryStream(bytes), cancellation), cancellation));

            Assert.True(Store.Exists(Store.ContentPath(content.Sha256)));
        }
    }

    [Fact]
    public async Task PutContent_SourceThatFails_LeavesNothing()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.PutContent(new FailingStream(), cancellation));
        Assert.Empty(Kept);
    }

    [Fact]
    public async Task Put_ObjectThatIsThere_IsReplaced()
    {
        await Store.Put("a/b", "one"u8.ToArray(), cancellation);
        await Store.Put("a/b", "two"u8.ToArray(), cancellation);
        Assert.Equal("two", await Read("a/b"));
    }

    [Fact]
    public async Task PutIfAbsent_ManyAtOnce_LetsExactlyOneWin()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var path = $"log/{round}";
            var won = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => Store.PutIfAbsent(path, new[] { (byte)i }, cancellation), cancellation)));
            Assert.Single(won, true);
            Assert.Equal(Array.IndexOf(won, true), (await Read(path))[0]);
        }

        Assert.Equal(Rounds, Kept.Count);
    }

    [Fact]
    public void Delete_ObjectThatIsNotThere_HasNoEffect()
    {
        Store.Delete("no/such");
        Assert.False(Store.Exists("no/such"));
    }

    [Fact]
    public void OpenRead_ObjectThatIsNotThere_Throws() => Assert.Throws<FileNotFoundException>(() => Store.OpenRead("no/such"));

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
        Assert.Equal("object-path-invalid", Assert.Throws<RefusedException>(() => Store.LocalPath(path)).Refusal.Code);

    [Fact]
    public void ContentPath_NoDigest_IsRefused() =>
        Assert.Equal("content-address-invalid", Assert.Throws<RefusedException>(() => Store.ContentPath("../../etc/passwd")).Refusal.Code);

    [Fact]
    public async Task LocalFolder_Objects_LieSideBySideUnderTheirNames()
    {
        var abc = await Store.PutContent(new MemoryStream("abc"u8.ToArray()), cancellation);
        await Store.Put("weights", "w"u8.ToArray(), cancellation);
        var files = new Dictionary<string, string> { ["model.onnx"] = Store.ContentPath(abc.Sha256), ["parts/w.data"] = "weights" };

        var folders = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Store.LocalFolder(abc.Sha256, files), cancellation)));

        Assert.All(folders, folder => Assert.Equal(folders[0], folder));
        Assert.Equal("abc", await File.ReadAllTextAsync(Path.Combine(folders[0], "model.onnx"), cancellation));
        Assert.Equal("w", await File.ReadAllTextAsync(Path.Combine(folders[0], "parts", "w.data"), cancellation));
    }

    [Fact]
    public async Task LocalFolder_MissingObjectOrNameOutside_MakesNoFolder()
    {
        Assert.Throws<FileNotFoundException>(() => Store.LocalFolder("some", new Dictionary<string, string> { ["model.onnx"] = "nothing" }));
        Assert.Throws<RefusedException>(() => Store.LocalFolder("some", new Dictionary<string, string> { ["../model.onnx"] = "nothing" }));
        await Store.Put("there", "t"u8.ToArray(), cancellation);
        var folder = Store.LocalFolder("some", new Dictionary<string, string> { ["model.onnx"] = "there" });
        Assert.Equal([Path.Combine(folder, "model.onnx")], Directory.GetFiles(folder));
    }

    [Fact]
    public async Task List_Folder_GivesPathsInOrder()
    {
        await Store.Put("a/z", "1"u8.ToArray(), cancellation);
        await Store.Put("a/b/c", "2"u8.ToArray(), cancellation);
        await Store.Put("ab", "3"u8.ToArray(), cancellation);

        Assert.Equal(["a/b/c", "a/z"], Store.List("a"));
        Assert.Empty(Store.List("none"));
        Assert.Equal(["a/z"], Store.List("a", "a/b/c"));
        Assert.Equal(["b"], Store.ListFolders("a"));
        Assert.Empty(Store.ListFolders("none"));
        Assert.Throws<RefusedException>(() => Store.List("../up"));
    }

    [Fact]
    public async Task PutFile_FinishedFile_IsTakenOver()
    {
        var file = Path.Combine(Directory.CreateDirectory(Scratch).FullName, "finished");
        await File.WriteAllTextAsync(file, "rows", cancellation);
        await Store.PutFile("t/rows", file, cancellation);
        Assert.Equal("rows", await Read("t/rows"));
        Assert.Equal(["t/rows"], Kept);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task TryRead_Object_GivesItsBytesOrNull()
    {
        await Store.Put("a/b", "bytes"u8.ToArray(), cancellation);
        await Store.Put("a/empty", default, cancellation);

        Assert.Equal("bytes", Text(await Store.TryRead("a/b", cancellation)));
        Assert.Equal("", Text(await Store.TryRead("a/empty", cancellation)));
        Assert.Null(await Store.TryRead("a/none", cancellation));
    }

    [Fact]
    public async Task LocalPath_ObjectReplaced_HasTheNewBytes()
    {
        await Store.Put("a/b", "one"u8.ToArray(), cancellation);
        Assert.Equal("one", await File.ReadAllTextAsync(Store.LocalPath("a/b"), cancellation));
        await Store.Put("a/b", "two"u8.ToArray(), cancellation);
        Assert.Equal("two", await File.ReadAllTextAsync(Store.LocalPath("a/b"), cancellation));
    }

    [Fact]
    public async Task Check_StoreThatWorks_Passes()
    {
        await Store.Check(cancellation);
        await Store.Check(cancellation);
    }

    private static string? Text(byte[]? bytes) => bytes is null ? null : System.Text.Encoding.UTF8.GetString(bytes);

    private async Task<string> Read(string path)
    {
        using var reader = new StreamReader(Store.OpenRead(path));
        return await reader.ReadToEndAsync(cancellation);
    }

    private sealed class FailingStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new InvalidOperationException("gone");
    }
}
