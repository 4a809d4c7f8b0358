using AiFactory.EndToEnd.Tests.Cluster.Harness;

namespace AiFactory.EndToEnd.Tests.Cluster.Faults;

public sealed class SlowNetworkTests
{
    private const int Some = 60;
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Messages_LateBetweenSilosAndToTheDatabase_LoseAndDoubleNothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await FaultyCluster.ServingBehindProxies(cancellation);
        await using var load = new Workload(cluster, Workload.Calm);
        await load.Go(Some, cancellation);
        cluster.Delay(Late);
        await load.Go(5 * Some, cancellation);
        cluster.Delay(TimeSpan.Zero);
        // Whether the others kept or gave up a silo that answered so late is theirs to judge.
        await cluster.MakeWhole(cancellation);
        await load.Go(Some, cancellation);
        await Recount.Agrees(cluster, await load.Stop(cancellation), cancellation);
    }
}
