using System.Net;
using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster;

public sealed class FormationTests
{
    private static readonly List<Customer> Crowd = Customers.Make(60, seed: 31);

    [Fact]
    public async Task ThreeSilos_StartedAtOnceOnAnEmptyDatabase_AreOneFactory()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await TestCluster.Start(3, cancellation);
        var status = (await cluster[1].Http.Get("/v1/cluster", cancellation)).ExpectSuccess().Json;
        Assert.Equal(["silo-1", "silo-2", "silo-3"], status.Items("silos").Select(silo => silo.Text("name")));
        Assert.Equal("silo-2", status.Text("askedOf"));
        Assert.False(status.Flag("versionSkew"));
        Assert.All(status.Items("silos"), silo => Assert.Single(silo.Member("report").Items("devices")));
        Assert.Equal("1|1\n2|1", await cluster.Postgres.Query("SELECT Version, count(*) FROM AiFactorySchema GROUP BY Version ORDER BY Version", cancellation));

        // Made at one gateway, decided at another, on workers of all.
        await Leavers.Make(cluster[0].Http, cancellation);
        foreach (var member in cluster.Members)
        {
            await Leavers.Known(member.Http, cancellation);
            var decisions = await member.Http.Decide("leavers", [.. Crowd.Select(customer => customer.Fields)], cancellation);
            Assert.All(decisions, decision => Assert.StartsWith(member.Name, decision.Text("decisionId"), StringComparison.Ordinal));
        }

        Assert.Equal(HttpStatusCode.OK, (await cluster[2].Http.Get("/v1/datasets/customers", cancellation)).Status);
    }

    [Fact]
    public async Task Cluster_StoppedAndStartedAnew_KeepsItsState()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await TestCluster.Start(2, cancellation);
        await Leavers.Make(cluster[0].Http, cancellation);
        foreach (var member in cluster.Members)
        {
            await member.Process.Stop(cancellation);
        }

        Assert.Equal("0", await cluster.Postgres.Query("SELECT count(*) FROM OrleansMembershipTable WHERE Status <> 6", cancellation));
        await cluster.Postgres.Stop(cancellation);
        await cluster.Postgres.Restart(cancellation);
        await cluster[1].Start(cancellation);
        await Leavers.Known(cluster[1].Http, cancellation);
        var decisions = await cluster[1].Http.Decide("leavers", [.. Crowd.Select(customer => customer.Fields)], cancellation);
        Assert.Equal(Crowd.Count, decisions.Count);
    }
}
