using AiFactory.Domain.Traffic;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Tests.Cluster;

namespace AiFactory.Grains.Tests.Endpoints;

[Collection(FactoryClusterDefinition.Name)]
public sealed class EndpointTrafficGrainTests(FactoryCluster factory)
{
    [Fact]
    public async Task Report_TwoGatewaysOneTwice_SumsEachOnce()
    {
        var traffic = factory.Grains.GetGrain<IEndpointTrafficGrain>("traffic/e");
        await traffic.Report(Report("g1", 1));
        await traffic.Report(Report("g1", 1));
        await traffic.Report(Report("g2", 1));

        var recent = await traffic.Recent();

        Assert.Equal(("e", 2, 20L), (recent.Endpoint, recent.Gateways, Assert.Single(recent.Variants).Requests));
    }

    private static TrafficReport Report(string gateway, long sequence) => new(gateway, sequence, 1, [new VariantTraffic("a", 10, 1, 0.1, 0.01, 0.05, 0.02, 0.01, 1)]);
}
