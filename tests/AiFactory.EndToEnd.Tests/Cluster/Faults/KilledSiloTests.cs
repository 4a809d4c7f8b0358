using AiFactory.EndToEnd.Tests.Cluster.Harness;

namespace AiFactory.EndToEnd.Tests.Cluster.Faults;

public sealed class KilledSiloTests
{
    private const int Some = 60;

    [Fact]
    public async Task EachSiloInTurn_KilledUnderLoad_LosesAndDoublesNothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await FaultyCluster.Serving(cancellation);
        await using var load = new Workload(cluster);
        await load.Go(Some, cancellation);
        foreach (var victim in cluster.Members)
        {
            victim.Kill();
            // The others answer meanwhile.
            await load.Go(Some, cancellation);
            await victim.Start(cancellation);
            await cluster.WaitActive(cancellation, FaultyCluster.Names);
            await load.Go(Some, cancellation);
        }

        await Recount.Agrees(cluster, await load.Stop(cancellation), cancellation);
    }
}
