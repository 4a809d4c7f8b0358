namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>What can befall a cluster under load that stands behind proxies. Each comes back when the cluster is whole again.</summary>
internal sealed class FaultsInTurn(TestCluster cluster, Workload load, Random random)
{
    private const int Some = 100;
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(200);

    public IReadOnlyList<(string Name, Func<CancellationToken, Task> Befall)> All => [("kill", Kill), ("hang", Hang), ("cut off", CutOff), ("crawl", Crawl), ("late", Delay), ("database", Database)];

    private Member Victim => cluster.Members[random.Next(cluster.Members.Count)];

    private async Task Kill(CancellationToken cancellation)
    {
        Victim.Kill();
        await load.Go(Some, cancellation);
        await cluster.MakeWhole(cancellation);
    }

    private async Task Hang(CancellationToken cancellation)
    {
        var victim = Victim;
        victim.Suspend();
        await load.Go(Some, cancellation);
        victim.Resume();
        await cluster.MakeWhole(cancellation);
    }

    private async Task CutOff(CancellationToken cancellation)
    {
        cluster.CutOff(Victim);
        await load.Go(Some, cancellation);
        cluster.Heal();
        await cluster.MakeWhole(cancellation);
    }

    private async Task Crawl(CancellationToken cancellation)
    {
        using (new BusyProcesses(Environment.ProcessorCount))
        {
            await using var crawling = new Stutter(Victim);
            await load.Go(Some, cancellation);
        }

        await cluster.MakeWhole(cancellation);
    }

    private async Task Delay(CancellationToken cancellation)
    {
        cluster.Delay(Late);
        await load.Go(Some, cancellation);
        cluster.Delay(TimeSpan.Zero);
        await cluster.MakeWhole(cancellation);
    }

    private async Task Database(CancellationToken cancellation)
    {
        cluster.Postgres.Kill();
        await load.Go(Some, cancellation);
        await cluster.Postgres.Restart(cancellation);
        await cluster.MakeWhole(cancellation);
    }
}
