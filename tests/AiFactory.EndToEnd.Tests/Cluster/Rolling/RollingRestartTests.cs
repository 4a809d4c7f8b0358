using AiFactory.EndToEnd.Tests.Cluster.Harness;

namespace AiFactory.EndToEnd.Tests.Cluster.Rolling;

public sealed class RollingRestartTests
{
    private const int Some = 60;

    [Fact]
    public async Task EachSiloInTurn_StoppedAndStartedUnderLoad_FailsNoRetryingClientAndDoublesNothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await FaultyCluster.Serving(cancellation);
        var journal = new Journal();
        await using var clients = new RetryingClients(cluster, journal);
        await using var callers = new PlainCallers(cluster, journal);
        await clients.Go(Some, cancellation);
        foreach (var leaving in cluster.Members)
        {
            callers.Spare(leaving);
            await leaving.Process.Stop(cancellation);
            await cluster.WaitActive(cancellation, [.. FaultyCluster.Names.Where(name => name != leaving.Name)]);
            await clients.Go(Some, cancellation);
            await leaving.Start(cancellation);
            await cluster.WaitActive(cancellation, FaultyCluster.Names);
            await Leavers.Known(leaving.Http, cancellation);
            callers.SpareNone();
            await clients.Go(Some, cancellation);
        }

        await callers.Stop();
        await clients.Stop();
        Assert.Empty(callers.Faults);
        await Recount.Agrees(cluster, journal, cancellation);
    }
}
