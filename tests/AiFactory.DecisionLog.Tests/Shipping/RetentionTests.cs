using AiFactory.Domain.Refusals;

namespace AiFactory.DecisionLog.Tests.Shipping;

public sealed class RetentionTests : IDisposable
{
    private const int SegmentsMax = 6;
    private readonly ShippedFolder _silo = new(bytesMax: SegmentsMax * DecisionLogOptions.SegmentBytesMin, drops: true);

    public void Dispose() => _silo.Dispose();

    [Fact]
    public async Task Append_ManyTimesTheBound_GoesOnAndAllIsRead()
    {
        List<long> addresses = [];
        for (var i = 0; i < 3_000; i++)
        {
            addresses.Add(_silo.Log.Append(Records.Decision(i, featureBytes: 400)));
            if (i % 50 == 0)
            {
                await _silo.Ship();
            }
        }

        Assert.True(_silo.Log.Tail > 2 * SegmentsMax * DecisionLogOptions.SegmentBytesMin);
        Assert.InRange(_silo.Folder.SegmentPaths().Length, 1, SegmentsMax);
        Assert.Equal(addresses, _silo.Log.ReadFrom(0).Select(entry => entry.Address));
        Assert.NotNull(_silo.Log.Read(addresses[0]));
        _silo.Restart();
        Assert.Equal(addresses, _silo.Log.ReadFrom(0).Select(entry => entry.Address));
        Assert.Equal(addresses[^1], _silo.Log.ReadFrom(addresses[^1]).Single().Address);
    }

    [Fact]
    public async Task Append_StoreAwayOrReaderBehind_StopsAtTheBoundAndRecoversByItself()
    {
        var behind = new Consumer();
        _silo.Consumers.Add(behind);
        _silo.Store.Away = false;
        var first = await AppendUntilFull();
        Assert.Equal(0, _silo.Run.SegmentsDropped);

        behind.Position = long.MaxValue;
        _silo.Store.Away = true;
        Assert.False(await _silo.TryShip());
        Assert.Throws<RefusedException>(() => _silo.Log.Append(Records.Decision(1, featureBytes: 9_000)));
        _silo.Store.Away = false;
        Assert.True(await _silo.TryShip());
        first.Add(_silo.Log.Append(Records.Decision(1, featureBytes: 9_000)));

        Assert.Equal(first, _silo.Log.ReadFrom(0).Select(entry => entry.Address));
        Assert.True(_silo.Run.SegmentsDropped > 0);
    }

    private async Task<List<long>> AppendUntilFull()
    {
        List<long> addresses = [];
        while (true)
        {
            try
            {
                addresses.Add(_silo.Log.Append(Records.Decision(addresses.Count, featureBytes: 400)));
                if (addresses.Count % 50 == 0)
                {
                    await _silo.Ship();
                }
            }
            catch (RefusedException full)
            {
                Assert.Equal("log-full", full.Refusal.Code);
                return addresses;
            }
        }
    }
}
