using System.Diagnostics;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cli;

public sealed class UpAndDownTests
{
    [Fact]
    public async Task UpStatusDown_OnAFolder_StartsOneFactoryAndEndsIt()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var announcement = folder.File("factory.json");
        int processId = 0;
        try
        {
            (await Factory("up", "--port", "0")).Expect(0);
            processId = (int)Read().Long("pid");
            using var process = Process.GetProcessById(processId);
            (await Factory("status", "--json")).Expect(0);

            (await Factory("up", "--port", "0")).Expect(0);
            Assert.Equal(processId, Read().Long("pid"));

            (await Factory("down")).Expect(0);
            Assert.False(File.Exists(announcement));
            Assert.True(process.WaitForExit(TimeSpan.FromSeconds(10)), "The factory is still there after down.");
            (await Factory("status")).Expect(3);
        }
        finally
        {
            End(processId);
        }

        JsonElement Read() => JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(announcement));

        Task<CommandResult> Factory(params string[] arguments) =>
            FactoryCommand.Run(folder.FullName, cancellation, [.. arguments, "--data", folder.FullName]);
    }

    private static void End(int processId)
    {
        if (processId == 0)
        {
            return;
        }

        try
        {
            using var process = Process.GetProcessById(processId);
            Signals.Kill(process);
        }
        catch (ArgumentException)
        {
            // Gone, as it should be.
        }
    }
}
