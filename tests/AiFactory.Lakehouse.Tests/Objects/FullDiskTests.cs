using System.Diagnostics;
using System.Globalization;
using System.Text;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;

namespace AiFactory.Lakehouse.Tests.Objects;

/// <summary>On a file system of 4 MiB, where this user may mount one.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int DiskMebibytes = 4;
    private readonly string disk = Directory.CreateTempSubdirectory("aifactory-disk-").FullName;
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task PutContent_MoreThanTheDiskHolds_IsRefusedAndLeavesNothing()
    {
        using var lake = MountOrSkip();
        await lake.Store.Put("kept", "kept"u8.ToArray(), cancellation);
        var refused = await Assert.ThrowsAsync<RefusedException>(() =>
            lake.Store.PutContent(new MemoryStream(new byte[(DiskMebibytes + 1) * 1024 * 1024]), cancellation));
        Assert.Equal(("object-store-full", RefusalKind.StorageFull), (refused.Refusal.Code, refused.Refusal.Kind));
        Assert.Equal(["kept"], lake.Files);

        await lake.Store.Put("after", "room again"u8.ToArray(), cancellation);
        Assert.True(lake.Store.Exists("after"));
    }

    [Fact]
    public async Task Ingest_NoRoomForTheTable_IsRefusedAndLeavesOnlyTheSource()
    {
        using var lake = MountOrSkip();
        var csv = new StringBuilder("id,text\n");
        for (var i = 0; csv.Length < 3 * 1024 * 1024; i++)
            csv.Append(CultureInfo.InvariantCulture, $"{i},{Guid.NewGuid():N}{Guid.NewGuid():N}{Guid.NewGuid():N}\n");
        var contract = new DataContract("people", "1.0.0", [new("id", ColumnType.Integer), new("text", ColumnType.String)]);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => lake.Ingest(csv.ToString(), contract));
        Assert.Equal("object-store-full", refused.Refusal.Code);
        Assert.StartsWith("content/", Assert.Single(lake.Files), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _ = Run("umount", disk);
        Directory.Delete(disk);
    }

    private TestLake MountOrSkip()
    {
        var mounted = OperatingSystem.IsLinux()
            && Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={DiskMebibytes}m"), "tmpfs", disk);
        Assert.SkipUnless(mounted, "This user may not mount a small file system.");
        return new TestLake(root: disk);
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true });
        process!.WaitForExit();
        return process.ExitCode == 0;
    }
}
