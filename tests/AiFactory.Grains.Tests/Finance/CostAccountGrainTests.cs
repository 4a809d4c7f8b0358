using AiFactory.Grains.Finance;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Tests.Doubles;

namespace AiFactory.Grains.Tests.Finance;

[Collection(FactoryClusterDefinition.Name)]
public sealed class CostAccountGrainTests(FactoryCluster factory)
{
    [Fact]
    public async Task Statement_BeyondSixtyFourBits_CrossesExactly()
    {
        var statement = await factory.Grains.GetGrain<ICostAccountGrain>("default").Statement();
        Assert.Equal(FixedLedger.Total, statement.LedgerTotal);
        Assert.Equal(0.000001m, statement.CostPer1000DecisionsUsd["churn/a"]);
        Assert.True((await factory.Grains.GetGrain<ICostAccountGrain>("default").Reconcile()).Exact);
    }
}
