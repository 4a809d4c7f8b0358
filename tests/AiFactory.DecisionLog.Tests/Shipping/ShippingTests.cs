using AiFactory.DecisionLog.Segments;
using AiFactory.DecisionLog.Shipping;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Refusals;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog.Tests.Shipping;

public sealed class ShippingTests : IDisposable
{
    private readonly ShippedFolder _silo = new();
    private readonly List<(long Address, LogRecord Record)> _appended = [];

    public void Dispose() => _silo.Dispose();

    [Fact]
    public async Task Ship_RecordsOfSeveralSegments_AreReadFromTheStoreAsFromTheLog()
    {
        await AppendAndShip(600, every: 37);

        AssertSame(_appended, _silo.ReadShipped());
        Assert.All(_appended, appended => Records.AssertSame(appended.Record, _silo.Shipped.Read(appended.Address)));
        Assert.Null(_silo.Shipped.Read(_appended[0].Address + 8));
        Assert.Equal(_silo.Log.Tail, _silo.Shipped.Tail());
        Assert.Equal(0, _silo.Run.LagBytes);
    }

    [Fact]
    public async Task Ship_ClosedOffSegment_IsTheOriginalByteByByteInFewestParts()
    {
        await AppendAndShip(600, every: 5);

        foreach (var segment in _silo.Log.Segments.Where(segment => segment.End > 0))
        {
            var original = await File.ReadAllBytesAsync(segment.Path, TestContext.Current.CancellationToken);
            var parts = _silo.Shipped.Parts(segment.BaseAddress).Where(part => part.Base == segment.BaseAddress).OrderBy(part => part.From).ToList();
            var shipped = parts.SelectMany(part => _silo.Shipped.Fetch(part)!.Frames.ToArray()).ToArray();
            Assert.Equal(original[SegmentHeader.Bytes..(int)(segment.End - segment.BaseAddress)], shipped);
            Assert.Equal(Enumerable.Repeat(PartKind.Whole, parts.Count - 1).Append(PartKind.End), parts.Select(part => part.Kind));
            Assert.InRange(parts.Count, 1, (DecisionLogOptions.SegmentBytesMin / ShippedFolder.PartBytesMax) + 3);
        }
    }

    [Fact]
    public async Task Ship_OneRecordAtATime_KeepsFewParts()
    {
        var most = 0;
        for (var i = 0; i < 150; i++)
        {
            await AppendAndShip(1, every: 1);
            most = Math.Max(most, _silo.Parts.Count);
        }

        Assert.InRange(most, 2, (2 * DecisionLogOptions.SegmentBytesMin / ShippedFolder.PartBytesMax) + 9);
        Assert.True(_silo.Run.BytesPut < 8 * _silo.Log.Tail, $"{_silo.Run.BytesPut} bytes put for {_silo.Log.Tail}.");
    }

    [Fact]
    public async Task Ship_NothingNew_PutsNothing()
    {
        await AppendAndShip(50, every: 50);
        var (bytes, objects) = (_silo.Run.BytesPut, _silo.Parts);

        await _silo.Ship();
        _silo.Restart();
        await _silo.Ship();

        Assert.NotEqual(0, bytes);
        Assert.Equal(0, _silo.Run.BytesPut);
        Assert.Equal(objects, _silo.Parts);
    }

    [Fact]
    public async Task Ship_StoreAway_GoesOnWhereTheStoreIs()
    {
        await AppendAndShip(100, every: 30);
        _silo.Store.Away = true;
        Append(200);
        Assert.False(await _silo.TryShip());
        Assert.True(_silo.Run.LagBytes > 0);
        _silo.Store.Away = false;

        Assert.True(await _silo.TryShip());

        AssertSame(_appended, _silo.ReadShipped());
    }

    [Fact]
    public async Task Ship_PartTornUnseen_IsMadeWholeBeforeSmallerOnesGo()
    {
        _silo.Store.NextFault = () => Fault.TornSilently;
        Append(10);
        await _silo.Ship();
        Append(400);
        Assert.False(await _silo.TryShip());
        _silo.Store.NextFault = () => Fault.None;

        Assert.True(await _silo.TryShip());

        AssertSame(_appended, _silo.ReadShipped());
        Assert.Contains(_silo.Folder.Logger.Messages, message => message.Text.Contains("not whole", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Read_TornPart_IsPassedOverAndTheRestRead()
    {
        await AppendAndShip(600, every: 600);
        var torn = LogPart.Parse(_silo.Parts[2])!.Value;
        _silo.Store.Tear(_silo.Parts[2]);

        var read = _silo.ReadShipped();

        AssertSame([.. _appended.Where(appended => appended.Address < torn.From || appended.Address >= torn.To)], read);
        Assert.Contains(_silo.Folder.Logger.Messages, message => message.Text.Contains("not whole", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ship_OlderCopyOfTheFolderUnseen_IsRefusedAndTheStoreIsLeftAsItWas()
    {
        await AppendAndShip(40, every: 40);
        var shipped = _silo.ReadShipped();
        using var other = new ShippedFolder();
        other.Log.Append(Records.Outcome(7));
        await other.Log.WaitForFsync(other.Log.Tail, TestContext.Current.CancellationToken);
        var run = new ShippingRun(other.Log, _silo.Shipped, _silo.Store, () => [], new ShippingOptions(), 1L << 30, _silo.Folder.Logger);

        Assert.Throws<LogForkedException>(() => run.Ship(TestContext.Current.CancellationToken));

        AssertSame(shipped, _silo.ReadShipped());
    }

    [Fact]
    public void Open_EmptyFolderAndStoreAway_IsRefused()
    {
        _silo.Store.Away = true;

        var refused = Assert.Throws<RefusedException>(() => _silo.Log);

        Assert.Equal(("log-store-unavailable", RefusalKind.Unavailable), (refused.Refusal.Code, refused.Refusal.Kind));
    }

    [Fact]
    public async Task Open_LostDisk_GoesOnAfterAllThatWasEverGivenOut()
    {
        await AppendAndShip(600, every: 100);
        var shipped = _appended.ToList();
        Append(50); // Acknowledged, and lost before they are shipped.
        var lost = _appended[^1].Address;

        _silo.LoseDisk();

        Assert.Equal(shipped[^1].Address, _silo.Log.ReadFrom(0).Last().Address);
        AssertSame(shipped, ShippedFolder.Read(_silo.Log.ReadFrom(0)));
        Assert.Contains(_silo.Folder.Logger.Messages, message => message.Level == LogLevel.Warning && message.Text.Contains("was shipped up to", StringComparison.Ordinal));
        var (tail, next) = (_silo.Log.Tail, _silo.Log.Append(Records.Decision(1)));
        Assert.True(next > lost);
        Assert.Equal([next], _silo.Log.ReadFrom(tail).Select(entry => entry.Address));
        await _silo.Ship();
        _silo.Restart();
        Assert.Equal(601, _silo.Log.ReadFrom(0).Count());
        AssertSame(ShippedFolder.Read(_silo.Log.ReadFrom(0)), _silo.ReadShipped());
        Assert.DoesNotContain(_silo.Folder.Logger.Messages, message => message.Level == LogLevel.Critical);
    }

    [Fact]
    public async Task Open_LostDiskManyTimes_NeverGivesAnAddressTwice()
    {
        var addresses = new List<long>();
        for (var life = 0; life < 6; life++)
        {
            _silo.Restart();
            addresses.Add(_silo.Log.Append(Records.Decision(life)));
            if (life % 2 == 0)
            {
                await _silo.Ship();
            }

            _silo.LoseDisk();
        }

        Assert.Equal(addresses.Count, addresses.Distinct().Count());
        Assert.Equal(addresses.Where((_, life) => life % 2 == 0), _silo.Log.ReadFrom(0).Select(entry => entry.Address));
    }

    [Fact]
    public async Task Open_RestoredAndNothingAppended_KeepsItsTail()
    {
        await AppendAndShip(20, every: 20);
        _silo.LoseDisk();
        var tail = _silo.Log.Tail;

        _silo.Restart();

        Assert.Equal((tail, 20), (_silo.Log.Tail, _silo.Log.ReadFrom(0).Count()));
        _silo.Restart();
        Assert.Single(_silo.Folder.SegmentPaths());
    }

    [Fact]
    public async Task Open_OlderCopyOfTheFolder_ReadsTheRestFromTheStore()
    {
        await AppendAndShip(100, every: 100);
        using var copy = new LogFolder();
        _silo.Restart();
        foreach (var file in Directory.GetFiles(_silo.Folder.Path))
        {
            File.Copy(file, Path.Combine(copy.Path, Path.GetFileName(file)));
        }

        await AppendAndShip(500, every: 100);
        _silo.LoseDisk();
        foreach (var file in Directory.GetFiles(copy.Path))
        {
            File.Copy(file, Path.Combine(_silo.Folder.Path, Path.GetFileName(file)));
        }

        AssertSame(_appended, ShippedFolder.Read(_silo.Log.ReadFrom(0)));
        Assert.True(_silo.Log.Append(Records.Decision(3)) > _appended[^1].Address);
        await _silo.Ship();
        Assert.Equal(601, _silo.ReadShipped().Count);
        Assert.All(_appended, appended => Records.AssertSame(appended.Record, _silo.Log.Read(appended.Address)));
    }

    private async Task AppendAndShip(int records, int every)
    {
        for (var i = 1; i <= records; i++)
        {
            Append(1);
            if (i % every == 0)
            {
                await _silo.Ship();
            }
        }

        await _silo.Ship();
    }

    private void Append(int records)
    {
        for (var i = 0; i < records; i++)
        {
            var record = Records.Decision(_appended.Count, featureBytes: 100 + (_appended.Count % 300));
            _appended.Add((_silo.Log.Append(record), record));
        }
    }

    private static void AssertSame(IReadOnlyList<(long Address, LogRecord Record)> expected, IReadOnlyList<(long Address, LogRecord Record)> actual)
    {
        Assert.Equal(expected.Select(entry => entry.Address), actual.Select(entry => entry.Address));
        Assert.All(expected.Zip(actual), pair => Records.AssertSame(pair.First.Record, pair.Second.Record));
    }
}
