using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster;

public sealed class SiloNameTests
{
    private const int CannotStart = 2;

    [Fact]
    public async Task SecondSiloOfAName_IsRefused_UntilTheFirstIsDead()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await TestCluster.Start(1, cancellation);
        using var elsewhere = new TemporaryFolder();
        var (exitCode, output) = await FactoryProcess.StartInVain(elsewhere.FullName, cancellation, cluster.Arguments("silo-1"));
        Assert.Equal(CannotStart, exitCode);
        Assert.Contains("has a live member 'silo-1' already", output, StringComparison.Ordinal);
        Assert.Contains("--silo-name", output, StringComparison.Ordinal);

        // Killed, it leaves a row that says it is alive; its successor takes the name at once, and nobody is left waiting for the old one.
        cluster[0].Kill();
        await cluster[0].Start(cancellation);
        await cluster.WaitActive(cancellation, "silo-1");
        Assert.Equal("1", await cluster.Postgres.Query("SELECT count(*) FROM OrleansMembershipTable WHERE Status = 3", cancellation));
        Assert.Equal("1", await cluster.Postgres.Query("SELECT count(*) FROM OrleansMembershipTable WHERE Status = 6", cancellation));
    }

    [Fact]
    public async Task Silo_WithoutItsDatabase_SaysWhatIsWrong()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var (exitCode, output) = await FactoryProcess.StartInVain(folder.FullName, cancellation,
            "--cluster-database", $"Host=127.0.0.1;Port={Ports.Text(Ports.Free())};Username=nobody", "--objects", folder.File("objects"));
        Assert.Equal(CannotStart, exitCode);
        Assert.Contains("The cluster's database cannot be used", output, StringComparison.Ordinal);
        Assert.Contains("that PostgreSQL runs", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--roles", "worker", "AiFactory:Roles", "--cluster-database")]
    [InlineData("--cluster-client", "true", "AiFactory:Cluster:Client", "--cluster-database")]
    [InlineData("--cluster-database", "Host=db;Prot=5432", "AiFactory:Cluster:Database", "Username=")]
    [InlineData("--cluster-database", "Host=db", "AiFactory:Objects", "--objects")]
    [InlineData("--roles", "control,cook", "AiFactory:Roles", "control, worker and gateway")]
    public async Task Silo_WithAnOptionThatCannotBe_NamesItAndTheMend(string option, string value, string named, string mend)
    {
        using var folder = new TemporaryFolder();
        var (exitCode, output) = await FactoryProcess.StartInVain(folder.FullName, TestContext.Current.CancellationToken, option, value);
        Assert.Equal(CannotStart, exitCode);
        Assert.Contains(named, output, StringComparison.Ordinal);
        Assert.Contains(mend, output, StringComparison.Ordinal);
    }
}
