using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Faults;

public sealed class HungSiloTests
{
    private const int Some = 60;

    [Fact]
    public async Task Silo_HungUntilTheOthersGiveItUp_LosesAndDoublesNothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await FaultyCluster.Serving(cancellation);
        await using var load = new Workload(cluster);
        await load.Go(Some, cancellation);
        var victim = cluster[1];
        victim.Suspend();
        await cluster.WaitActive(cancellation, "silo-1", "silo-3");
        await load.Go(Some, cancellation);
        victim.Resume();
        // It learns that it was given up, and ends rather than go on beside its successors.
        await Until.True("the silo that was given up ends", () => Task.FromResult(!victim.Process.Alive), cancellation, 90);
        await victim.Start(cancellation);
        await cluster.WaitActive(cancellation, FaultyCluster.Names);
        await load.Go(Some, cancellation);
        await Recount.Agrees(cluster, await load.Stop(cancellation), cancellation);
    }
}
