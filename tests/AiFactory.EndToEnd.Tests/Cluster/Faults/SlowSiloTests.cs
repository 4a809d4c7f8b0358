using AiFactory.EndToEnd.Tests.Cluster.Harness;

namespace AiFactory.EndToEnd.Tests.Cluster.Faults;

public sealed class SlowSiloTests
{
    private const int Some = 60;

    [Fact]
    public async Task Silo_CrawlingOnABusyMachine_LosesAndDoublesNothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await FaultyCluster.Serving(cancellation);
        await using var load = new Workload(cluster);
        await load.Go(Some, cancellation);
        using (new BusyProcesses(Environment.ProcessorCount))
        {
            await using var crawling = new Stutter(cluster[1]);
            await load.Go(5 * Some, cancellation);
        }

        // Whether the others kept it or gave it up is theirs to judge.
        await cluster.MakeWhole(cancellation);
        await load.Go(Some, cancellation);
        await Recount.Agrees(cluster, await load.Stop(cancellation), cancellation);
    }
}
