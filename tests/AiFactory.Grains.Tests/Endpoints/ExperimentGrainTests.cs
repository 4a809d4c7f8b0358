using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Models;
using AiFactory.Grains.Decisions;
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
    public async Task Report_DecisionsInAllLogs_AddsTheirFigures()
    {
        await factory.AllLogsKnown();
        await factory.Grains.GetGrain<IModelGrain>("exp/fig").Register(Samples.Registration("fig", Samples.Evaluation()));
        await factory.Grains.GetGrain<IEndpointGrain>("exp/fig").Deploy(new EndpointSpec([new VariantSpec("a", new ModelVersionKey("exp", "fig", 1), 100)]));
        var decision = Records.Decision("exp", 5, "far/cpu-0", model: "fig", endpoint: "fig");
        var (here, there, client) = (factory.LogOf(factory.Cluster.Silos[0]), factory.LogOf(factory.Cluster.Silos[1]), factory.ClientsLog);
        var addresses = new[] { here, there, client }.Select(log => (Log: log, Address: log.Append(decision))).ToList();
        there.Append(decision);

        foreach (var ((log, address), label) in addresses.Zip(["yes", "yes", "no"]))
        {
            var kind = log == client ? LogKind.Client : LogKind.Silo;
            var receipt = await factory.Grains.GetDecisionLog(log.Name, kind).ReportOutcomes("exp", "fig", new[] { new OutcomeReport(new DecisionId(log.Name, address).ToString(), label) });
            Assert.Equal((1, 0), (receipt.Accepted, receipt.Refused.Count));
        }

        var experiment = factory.Grains.GetGrain<IExperimentGrain>("exp/fig");
        await factory.Deactivate(experiment);
        var report = await experiment.Report();

        var variant = Assert.Single(report.Variants);
        Assert.Equal(("a", 4L, 3L, 2L, new Picodollars(20)), (variant.Variant, variant.Exposures, variant.Outcomes, variant.Correct, variant.Cost));
        Assert.All(report.Logs!, log => Assert.Equal(LogState.Live, log.State));
    }

    [Fact]
    public async Task Report_UnknownEndpoint_IsRefused() =>
        Assert.Equal("endpoint-not-found", (await Condition.Refused(() => factory.Grains.GetGrain<IExperimentGrain>("exp/none").Report())).Code);
}
