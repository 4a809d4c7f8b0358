using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Experiments;
using AiFactory.Grains.Models;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Tests.Doubles;

namespace AiFactory.Grains.Tests.Endpoints;

[Collection(FactoryClusterDefinition.Name)]
public sealed class ExperimentGrainTests(FactoryCluster factory)
{
    [Fact]
    public async Task Report_DeployedEndpoint_CarriesItsFigures()
    {
        await factory.Grains.GetGrain<IModelGrain>("exp/fig").Register(Samples.Registration("fig", Samples.Evaluation()));
        await factory.Grains.GetGrain<IEndpointGrain>("exp/fig").Deploy(new EndpointSpec([new VariantSpec("a", new ModelVersionKey("exp", "fig", 1), 100)]));

        var report = await factory.Grains.GetGrain<IExperimentGrain>("exp/fig").Report();

        var variant = Assert.Single(report.Variants);
        Assert.Equal(("a", 10L, 10L, 8L), (variant.Variant, variant.Exposures, variant.Outcomes, variant.Correct));
        Assert.Equal(0.8, variant.Accuracy!.Value, 1e-12);
    }

    [Fact]
    public async Task Report_UnknownEndpoint_IsRefused() =>
        Assert.Equal("endpoint-not-found", (await Condition.Refused(() => factory.Grains.GetGrain<IExperimentGrain>("exp/none").Report())).Code);
}
