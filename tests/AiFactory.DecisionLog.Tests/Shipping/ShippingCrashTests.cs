using System.Diagnostics;
using System.Globalization;
using AiFactory.DecisionLog.Segments;
using AiFactory.DecisionLog.Shipping;

namespace AiFactory.DecisionLog.Tests.Shipping;

/// <summary>A real process appends from two threads and ships all the while; it is killed (SIGKILL) at whatever point of a put, a removal or an append it is then.</summary>
public sealed class ShippingCrashTests : IDisposable
{
    private readonly LogFolder _folder = new();
    private readonly LogFolder _store = new();

    public void Dispose()
    {
        _folder.Dispose();
        _store.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(700)]
    [InlineData(6_000)]
    public async Task Ship_KilledProcess_StoreHoldsATruePrefixAndTheNextGoesOn(int killAfter)
    {
        var acknowledged = new List<long>();
        for (var life = 0; life < 3; life++)
        {
            acknowledged.AddRange(await AppendShipAndKill(killAfter));
            var (store, shipped) = Open();
            using var log = new SegmentedDecisionLog(Options, _folder.Logger, new Preallocation(), shipped, store.Place);
            var local = log.ReadFrom(0).Select(entry => entry.Address).ToList();
            AssertPrefix(local, shipped);
            Assert.Superset(acknowledged.ToHashSet(), local.ToHashSet());

            await log.WaitForFsync(log.Tail, TestContext.Current.CancellationToken);
            new ShippingRun(log, shipped, store, () => [], new ShippingOptions(), long.MaxValue, _folder.Logger).Ship(TestContext.Current.CancellationToken);
            Assert.Equal(local, Addresses(shipped));
        }

        Assert.Equal(acknowledged.Count, acknowledged.Distinct().Count());
        Assert.DoesNotContain(_folder.Logger.Messages, message => message.Level == Microsoft.Extensions.Logging.LogLevel.Critical);
    }

    private DecisionLogOptions Options => new() { Folder = _folder.Path, SegmentBytes = DecisionLogOptions.SegmentBytesMin };

    private (FolderStore Store, ShippedLog Shipped) Open()
    {
        var store = new FolderStore(_store.Path);
        return (store, new ShippedLog("silo-1", store, new PartCache(2), _folder.Logger));
    }

    private static void AssertPrefix(List<long> local, ShippedLog shipped)
    {
        var there = Addresses(shipped);
        Assert.Equal(local.Take(there.Count), there);
    }

    private static List<long> Addresses(ShippedLog shipped) => [.. LogHeads.Of(shipped.Frames(0, shipped.Tail())).Select(head => head.Address)];

    private async Task<List<long>> AppendShipAndKill(int lines)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.Environment[AppendingProcess.FolderVariable] = _folder.Path;
        start.Environment[AppendingProcess.StoreVariable] = _store.Path;
        using var child = Process.Start(start)!;
        var acknowledged = new List<long>();
        while (await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            acknowledged.Add(long.Parse(line, CultureInfo.InvariantCulture));
            if (acknowledged.Count == lines)
            {
                child.Kill();
                break;
            }
        }

        var rest = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        acknowledged.AddRange(rest.Split('\n')[..^1].Select(line => long.Parse(line, CultureInfo.InvariantCulture)));
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, child.ExitCode);
        return acknowledged;
    }
}
