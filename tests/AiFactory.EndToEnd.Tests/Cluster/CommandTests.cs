using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster;

public sealed class CommandTests
{
    [Fact]
    public async Task ClusterCommand_UpGrowStopStartDownUp_RunsOneFactory()
    {
        PostgresServer.Require();
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        // PostgreSQL runs as another user when the tests run as root.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        }

        try
        {
            var up = (await Run("up", "--silos", "2", "--port", "0", "--json")).Expect(0).Json;
            Assert.Equal(["silo-1", "silo-2"], up.Items("silos").Select(silo => silo.Text("name")));
            var again = (await Run("up", "--silos", "3", "--port", "0", "--json", "--roles", "worker")).Expect(0).Json;
            Assert.Equal([false, false, true], again.Items("silos").Select(silo => silo.Flag("started")));
            Assert.Equal(["all", "all", "worker"], again.Items("silos").Select(silo => silo.Text("roles")));
            await Until.True("three silos are active", async () => await Active() == 3, cancellation);

            (await Run("stop", "silo-2")).Expect(0);
            var status = (await Run("status", "--json")).Expect(0).Json;
            Assert.Equal(["active", "dead", "active"], status.Items("silos").Select(silo => silo.Text("state")));
            (await Run("start", "silo-2")).Expect(0);
            await Until.True("three silos are active", async () => await Active() == 3, cancellation);

            var down = (await Run("down", "--json")).Expect(0).Json;
            Assert.Equal(["silo-1", "silo-2", "silo-3", "postgres"], down.Items("stopped").Select(item => item.GetString()!));
            var refused = (await Run("status")).Expect(3);
            Assert.Contains("factory", refused.Error, StringComparison.Ordinal);
            (await Run("up", "--json")).Expect(0);
            await Until.True("three silos are active", async () => await Active() == 3, cancellation);
        }
        finally
        {
            (await Run("down")).Expect(0);
        }

        Task<CommandResult> Run(params string[] arguments) => FactoryCommand.Run(folder.FullName, cancellation, ["cluster", .. arguments, "--data", folder.File("cluster")]);

        // Just after a silo went or came, the grain that is asked may not have found its new place yet.
        async Task<int> Active() => await Run("status", "--json") is { ExitCode: 0 } status
            ? status.Json.Items("silos").Count(silo => silo.Text("state") == "active" && silo.Has("report"))
            : 0;
    }
}
