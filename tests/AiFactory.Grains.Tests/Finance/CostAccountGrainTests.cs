using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Grains.Finance;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Tests.Doubles;

namespace AiFactory.Grains.Tests.Finance;

[Collection(FactoryClusterDefinition.Name)]
public sealed class CostAccountGrainTests(FactoryCluster factory)
{
    private ICostAccountGrain Account(string tenant) => factory.Grains.GetGrain<ICostAccountGrain>(tenant);

    [Fact]
    public async Task Statement_BeyondSixtyFourBits_CrossesExactly()
    {
        var large = ((Int128)1 << 80) + 7;
        await factory.AllLogsKnown();
        factory.LogOf(factory.Cluster.Silos[0]).Append(Records.Decision("large", large, "far/cpu-0"));
        factory.LogOf(factory.Cluster.Silos[1]).Append(Records.Decision("large", large, "far/cpu-0"));

        var statement = await Account("large").Statement();

        Assert.Equal((new Picodollars(2 * large), 2L), (statement.LedgerTotal, Assert.Single(statement.Lines).Entries));
        Assert.True((await Account("large").Reconcile()).Exact);
    }

    [Fact]
    public async Task Statement_DecisionsInAllLogs_AreTheirSum()
    {
        await factory.AllLogsKnown();
        factory.LogOf(factory.Cluster.Silos[0]).Append(Records.Decision("sums", 100, "far/cpu-0"));
        factory.LogOf(factory.Cluster.Silos[1]).Append(Records.Decision("sums", 20, "far/cpu-0", variant: "b"));
        factory.ClientsLog.Append(Records.Decision("sums", 3, "far/cpu-0"));

        await factory.Deactivate(Account("sums"));
        var statement = await Account("sums").Statement();
        var proof = await Account("sums").Reconcile();

        Assert.Equal(
            [new("endpoint/churn/variant/a", 2, new(103)), new("endpoint/churn/variant/b", 1, new(20))],
            statement.Lines);
        Assert.Equal(new Picodollars(123), statement.LedgerTotal);
        Assert.True(proof.Exact, string.Join(' ', proof.Findings));
        Assert.Equal((3L, new Picodollars(123)), (proof.Decisions, proof.LogDecisions));
        Assert.All(statement.Logs!.Concat(proof.Logs!), log => Assert.Equal(LogState.Live, log.State));
        Assert.Equal(
            [LogKind.Silo, LogKind.Silo, LogKind.Client], statement.Logs!.Select(log => log.Kind).Order());
    }
}
