using AiFactory.Domain.Refusals;
using AiFactory.Hosting.Folder;

namespace AiFactory.Grains.Tests.Hosting;

public sealed class FactoryFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("aifactory-folder-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Open_HeldByRunningFactory_NamesTheHolder()
    {
        using var first = FactoryFolder.Open(_root);

        var refusal = Assert.Throws<RefusedException>(() => FactoryFolder.Open(_root)).Refusal;

        Assert.Equal(("folder-in-use", RefusalKind.Conflict), (refusal.Code, refusal.Kind));
        Assert.Contains($"process {Environment.ProcessId}", refusal.What, StringComparison.Ordinal);
        Assert.Contains("--data", refusal.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AfterDispose_TakesItAgain()
    {
        FactoryFolder.Open(_root).Dispose();
        using var again = FactoryFolder.Open(_root);
        Assert.Equal(Path.Combine(_root, "state", "orleans.db"), again.StateDatabase);
    }

    [Fact]
    public void Open_LeftByKilledFactory_ForgetsItsReadyFile()
    {
        File.WriteAllText(Path.Combine(_root, "factory.json"), "{}");
        File.WriteAllText(Path.Combine(_root, "factory.pid"), "1");
        using var folder = FactoryFolder.Open(_root);
        Assert.False(File.Exists(folder.ReadyFile));
    }

    [Fact]
    public void Open_FileInPlaceOfFolder_IsRefused()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");
        Assert.Equal("folder-unusable", Assert.Throws<RefusedException>(() => FactoryFolder.Open(Path.Combine(file, "below"))).Refusal.Code);
    }
}
