using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Grains.Decisions;
using AiFactory.Grains.Finance;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Grains.Tests.Decisions;

/// <summary>Totals while the owner of a log is gone. A cluster for each test.</summary>
public sealed class LogsOutOfReachTests
{
    [Fact]
    public async Task Statement_SiloStoppedAndBack_CountsEachRecordOnceThroughout()
    {
        await using var factory = await Started();
        var (stays, goes) = (factory.Cluster.Silos[0], factory.Cluster.Silos[1]);
        factory.LogOf(stays).Append(Records.Decision("acme", 100, "far/cpu-0"));
        factory.LogOf(goes).Append(Records.Decision("acme", 20, "far/cpu-0"));
        var tail = factory.LogOf(goes).Tail;
        var account = factory.Grains.GetGrain<ICostAccountGrain>("acme");

        await factory.Cluster.StopSiloAsync(goes, TestContext.Current.CancellationToken);
        var without = await account.Statement();

        Assert.Equal(new Picodollars(120), without.LedgerTotal);
        Assert.Equal((LogState.Published, tail), Standing(without, goes.Name));
        Assert.NotNull(without.Logs!.Single(log => log.Log == goes.Name).AsOf);
        var proof = await account.Reconcile();
        Assert.True(proof.Exact, string.Join(' ', proof.Findings));
        Assert.Equal((2L, new Picodollars(120)), (proof.Decisions, proof.LogDecisions));
        Assert.Contains(proof.Findings, finding => finding.Contains(goes.Name, StringComparison.Ordinal));

        var back = await factory.Cluster.RestartSiloAsync(goes);
        Assert.NotNull(back);
        factory.LogOf(back).Append(Records.Decision("acme", 3, "far/cpu-0"));
        var again = await Condition.Until(account.Statement, statement => Standing(statement, goes.Name).State == LogState.Live);

        Assert.Equal(new Picodollars(123), again.LedgerTotal);
        Assert.Equal(3, Assert.Single(again.Lines).Entries);
    }

    [Fact]
    public async Task Statement_SiloKilled_CountsWhatItHadPublished()
    {
        await using var factory = await Started();
        var goes = factory.Cluster.Silos[1];
        factory.LogOf(goes).Append(Records.Decision("acme", 20, "far/cpu-0"));
        var tail = factory.LogOf(goes).Tail;
        await Condition.Until(() => new PublishedTotals(factory.Objects).Read(goes.Name, TestContext.Current.CancellationToken), totals => totals?.Position == tail);

        await factory.Cluster.KillSiloAsync(goes, TestContext.Current.CancellationToken);
        var account = factory.Grains.GetGrain<ICostAccountGrain>("acme");
        var statement = await Condition.Until(account.Statement, found => Standing(found, goes.Name).State == LogState.Published);

        Assert.Equal((new Picodollars(20), tail), (statement.LedgerTotal, Standing(statement, goes.Name).Position));
    }

    [Fact]
    public async Task Statement_LogThatPublishedNothing_IsSaidToBeMissing()
    {
        await using var factory = await Started();
        await factory.Grains.GetGrain<ILogCatalogGrain>(ILogCatalogGrain.Key).Enter("never-seen", LogKind.Silo, 77);
        var account = factory.Grains.GetGrain<ICostAccountGrain>("acme");

        Assert.Equal((LogState.Unknown, 77), Standing(await account.Statement(), "never-seen"));
        Assert.False((await account.Reconcile()).Exact);
    }

    [Fact]
    public async Task Relay_ClientGone_IsALogThatIsDown()
    {
        await using var factory = await Started();
        factory.ClientsLog.Append(Records.Decision("acme", 7, "far/cpu-0"));
        var tail = factory.ClientsLog.Tail;
        await factory.Cluster.StopClusterClientAsync(TestContext.Current.CancellationToken);
        var inside = factory.Cluster.GetSiloServiceProvider(factory.Cluster.Silos[0].SiloAddress).GetRequiredService<IGrainFactory>();

        var statement = await Condition.Until(
            inside.GetGrain<ICostAccountGrain>("acme").Statement, found => Standing(found, FactoryCluster.ClientLog).State == LogState.Published);

        Assert.Equal((new Picodollars(7), tail), (statement.LedgerTotal, Standing(statement, FactoryCluster.ClientLog).Position));
    }

    [Fact]
    public async Task Catalog_EveryProcess_IsInItAfterAReload()
    {
        await using var factory = await Started();
        var catalog = factory.Grains.GetGrain<ILogCatalogGrain>(ILogCatalogGrain.Key);
        var before = await catalog.List();

        await factory.Deactivate(catalog);

        Assert.Equal(before, await catalog.List());
        Assert.Equal([.. factory.Cluster.Silos.Select(silo => silo.Name).Append(FactoryCluster.ClientLog).Order()], before.Select(log => log.Name).Order());
        Assert.Equal(LogKind.Client, (await catalog.Find(FactoryCluster.ClientLog)).Kind);
        Assert.Equal("decision-log-unknown", (await Condition.Refused(() => catalog.Find("nowhere"))).Code);
    }

    private static (LogState State, long Position) Standing(CostStatement statement, string log) =>
        statement.Logs!.Where(found => found.Log == log).Select(found => (found.State, found.Position)).Single();

    private static async Task<FactoryCluster> Started()
    {
        var factory = new FactoryCluster();
        await factory.InitializeAsync();
        await factory.AllLogsKnown();
        return factory;
    }
}
