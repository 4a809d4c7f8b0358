using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster;

public sealed class SchemaTests
{
    private const string Versions = "SELECT string_agg(Version::text, ',' ORDER BY Version) FROM AiFactorySchema";

    [Fact]
    public async Task OlderSchema_UnderARunningSilo_IsBroughtUpToDateByTheNext()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await TestCluster.Start(1, cancellation);
        Assert.Equal("1,2", await cluster.Postgres.Query(Versions, cancellation));

        // The database as a version of the product without the latest step would have left it, in all but what the running silo is using.
        await cluster.Postgres.Query("DELETE FROM AiFactorySchema WHERE Version = 2; DELETE FROM OrleansQuery WHERE QueryKey = 'DeleteStorageKey'", cancellation);
        var next = cluster.Add("silo-2");
        await next.Start(cancellation);
        await cluster.WaitActive(cancellation, "silo-1", "silo-2");
        Assert.Equal("1,2", await cluster.Postgres.Query(Versions, cancellation));
        Assert.Equal("1", await cluster.Postgres.Query("SELECT count(*) FROM OrleansQuery WHERE QueryKey = 'DeleteStorageKey'", cancellation));
        await Leavers.Make(cluster[0].Http, cancellation);
    }

    [Fact]
    public async Task NewerSchema_IsUsedWhereItMayBe_AndRefusedWhereNot()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await TestCluster.Start(1, cancellation);
        await cluster[0].Process.Stop(cancellation);

        await cluster.Postgres.Query("INSERT INTO AiFactorySchema (Version, Name, ReadableFrom) VALUES (3, 'of later', 2)", cancellation);
        await cluster[0].Start(cancellation);
        await cluster[0].Process.Stop(cancellation);

        await cluster.Postgres.Query("INSERT INTO AiFactorySchema (Version, Name, ReadableFrom) VALUES (4, 'of later still', 4)", cancellation);
        var (exitCode, output) = await FactoryProcess.StartInVain(cluster[0].Folder, cancellation, cluster.Arguments("silo-1"));
        Assert.Equal(2, exitCode);
        Assert.Contains("silos with schema 4 or later can use; this silo has 2", output, StringComparison.Ordinal);
        Assert.Contains("newer version", output, StringComparison.Ordinal);
    }
}
