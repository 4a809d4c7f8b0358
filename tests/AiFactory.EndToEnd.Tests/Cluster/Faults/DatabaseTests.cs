using System.Net;
using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Faults;

public sealed class DatabaseTests
{
    private const int Some = 60;

    [Fact]
    public async Task Database_KilledAndStartedAgainUnderLoad_LosesAndDoublesNothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await FaultyCluster.Serving(cancellation);
        await using var load = new Workload(cluster);
        await load.Go(Some, cancellation);
        cluster.Postgres.Kill();
        // Decisions and outcomes need no database; what changes the control plane does, and says so.
        await load.Go(Some, cancellation);
        var refused = await cluster[0].Http.Put("/v1/endpoints/others", Spec, cancellation);
        refused.ExpectProblem(HttpStatusCode.ServiceUnavailable);

        await cluster.Postgres.Restart(cancellation);
        await Until.True("an endpoint can be deployed", async () => (await cluster[2].Http.Put("/v1/endpoints/others", Spec, cancellation)).Status == HttpStatusCode.OK, cancellation);
        await cluster.WaitActive(cancellation, FaultyCluster.Names);
        await load.Go(Some, cancellation);
        await Recount.Agrees(cluster, await load.Stop(cancellation), cancellation);
    }

    private static object Spec => new { variants = new[] { FactoryVerbs.VariantOf("only", "leavers-trees", 1, 100) }, keyField = "customer_id" };
}
