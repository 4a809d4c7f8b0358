using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Faults;

public sealed class CutOffSiloTests
{
    private const int Some = 60;

    [Fact]
    public async Task Silo_CutOffFromOthersAndDatabase_LosesAndDoublesNothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await FaultyCluster.ServingBehindProxies(cancellation);
        await using var load = new Workload(cluster);
        await load.Go(Some, cancellation);
        var victim = cluster[1];
        cluster.CutOff(victim);
        await cluster.WaitActive(cancellation, "silo-1", "silo-3");
        await load.Go(Some, cancellation);
        cluster.Heal();
        await Until.True("the silo that was given up ends", () => Task.FromResult(!victim.Process.Alive), cancellation, 90);
        await victim.Start(cancellation);
        await cluster.WaitActive(cancellation, FaultyCluster.Names);
        await load.Go(Some, cancellation);
        await Recount.Agrees(cluster, await load.Stop(cancellation), cancellation);
    }
}
