using AiFactory.Domain.Finance;

namespace AiFactory.Projections.Tests;

public sealed class LogReaderTests : IDisposable
{
    private readonly Factory _factory = new(batchRecordsMax: 10);

    public void Dispose() => _factory.Dispose();

    [Fact]
    public async Task Start_RecordsComingIn_ReachesTheTailByItself()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _factory.LedgerReader.StartAsync(cancellation);
        for (var i = 0; i < 95; i++)
        {
            _factory.Log.Append(Factory.Decision(i, cost: 2));
        }

        while (_factory.LedgerReader.Position < _factory.Log.Tail)
        {
            cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await _factory.LedgerReader.StopAsync(cancellation);
        Assert.Equal(new Picodollars(190), await _factory.LedgerReader.QueryAsItStands(store => store.SumAll(), cancellation));
    }

    [Fact]
    public async Task Dispose_Again_HasNoEffect()
    {
        await _factory.LedgerReader.StartAsync(TestContext.Current.CancellationToken);
        _factory.LedgerReader.Dispose();

        Assert.Null(Record.Exception(_factory.LedgerReader.Dispose));
    }

    [Fact]
    public async Task Restart_LogLostItsLastRecords_ReadsAnewAndKeepsACopy()
    {
        var cancellation = TestContext.Current.CancellationToken;
        for (var i = 0; i < 20; i++)
        {
            _factory.Log.Append(Factory.Decision(i, cost: 2));
        }

        await _factory.LedgerReader.CatchUp(cancellation);
        await _factory.ExperimentReader.CatchUp(cancellation);
        _factory.RestartWithoutLog();
        for (var i = 0; i < 5; i++)
        {
            _factory.Log.Append(Factory.Decision(100 + i, cost: 3));
        }

        var statement = await _factory.Statement("default", cancellation);
        Assert.Equal(new Picodollars(15), statement.LedgerTotal);
        Assert.True((await _factory.Reconcile("default", cancellation)).Exact);
        Assert.Equal(5, Assert.Single((await _factory.Figures.Read(new("default", "churn"), cancellation)).Variants).Exposures);
        Assert.Single(Directory.EnumerateFiles(Path.GetDirectoryName(_factory.LedgerPath)!, "ledger.db.0*"));
    }

    [Fact]
    public async Task CatchUp_DiesBetweenBatches_GoesOnWhereItWas()
    {
        for (var i = 0; i < 95; i++)
        {
            _factory.Log.Append(Factory.Decision(i, cost: 2));
        }

        var part = _factory.Log.ReadHeadsFrom(0).Take(33).ToList();
        _factory.LedgerStore.Apply(_factory.Log.Name, part, part[^1].Next);
        _factory.Restart();
        Assert.Equal(part[^1].Next, _factory.LedgerReader.Position);
        Assert.Equal(new Picodollars(190), (await _factory.Statement("default", TestContext.Current.CancellationToken)).LedgerTotal);
    }
}
