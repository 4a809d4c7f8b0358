namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>Clusters of three silos that serve an endpoint, to suffer faults.</summary>
internal static class FaultyCluster
{
    public static readonly string[] Names = ["silo-1", "silo-2", "silo-3"];

    public static Task<TestCluster> Serving(CancellationToken cancellation) => Serving(TestCluster.Start(Names.Length, cancellation), cancellation);

    /// <summary>With a proxy before each silo and before the database, so that one can be cut off.</summary>
    public static Task<TestCluster> ServingBehindProxies(CancellationToken cancellation) => Serving(TestCluster.StartBehindProxies(Names.Length, cancellation), cancellation);

    private static async Task<TestCluster> Serving(Task<TestCluster> starting, CancellationToken cancellation)
    {
        var cluster = await starting;
        try
        {
            await Leavers.Make(cluster[0].Http, cancellation);
            foreach (var member in cluster.Members)
            {
                await Leavers.Known(member.Http, cancellation);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }
}
