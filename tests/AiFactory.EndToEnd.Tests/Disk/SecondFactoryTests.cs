using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Disk;

public sealed class SecondFactoryTests
{
    [Fact]
    public async Task Start_FolderInUse_GivesUpAndNamesTheHolder()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using var factory = await FactoryProcess.Start(folder.FullName, cancellation);
        var (exitCode, output) = await FactoryProcess.StartInVain(folder.FullName, cancellation);
        Assert.True(exitCode == 2, $"{exitCode}\n{output}");
        Assert.Contains(factory.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), output, StringComparison.Ordinal);
        Assert.Contains(folder.FullName, output, StringComparison.Ordinal);
        (await factory.Http.Get("/health/ready", cancellation)).ExpectSuccess();
        await factory.Stop(cancellation);

        // The folder is free again once its holder is gone.
        await using var successor = await FactoryProcess.Start(folder.FullName, cancellation);
        Assert.True(successor.Alive);
    }
}
