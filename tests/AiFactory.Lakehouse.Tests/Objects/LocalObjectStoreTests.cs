using AiFactory.Lakehouse.Objects;

namespace AiFactory.Lakehouse.Tests.Objects;

public sealed class LocalObjectStoreTests : ObjectStoreContract, IDisposable
{
    private readonly TestLake lake = new();

    internal override IObjectStore Store => lake.Store;

    protected override IReadOnlyList<string> Kept => lake.Files;

    protected override string Scratch => LocalObjectStore.ScratchFolder(lake.Root);

    public void Dispose() => lake.Dispose();

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
    public async Task PutIfAbsent_TwoStoresOnOneFolder_LetsExactlyOneWin()
    {
        var cancellation = TestContext.Current.CancellationToken;
        IObjectStore[] stores = [lake.Store, new LocalObjectStore(lake.Root, TimeProvider.System)];
        for (var round = 0; round < 50; round++)
        {
            var path = $"log/{round}";
            var won = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => stores[i % 2].PutIfAbsent(path, new[] { (byte)i }, cancellation), cancellation)));
            Assert.Single(won, true);
            Assert.Equal(Array.IndexOf(won, true), (await stores[1].TryRead(path, cancellation))![0]);
        }
    }
}
