using System.Diagnostics;
using System.Globalization;

namespace AiFactory.DecisionLog.Tests;

/// <summary>
/// A real process appends from two threads, says the address of every acknowledged record, and is killed (SIGKILL) at the moment the parent has read a given number of lines.
/// The child is this very executable, told apart by an environment variable.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private readonly LogFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(777)]
    [InlineData(5_000)]
    [InlineData(20_000)]
    public async Task Append_KilledProcess_EveryAcknowledgedRecordIsThere(int killAfter)
    {
        var acknowledged = new List<long>();
        for (var life = 0; life < 3; life++)
        {
            acknowledged.AddRange(await AppendAndKill(killAfter));
            using var log = _folder.Open();
            Assert.All(acknowledged, address => Assert.NotNull(log.Read(address)));
            var read = log.ReadFrom(0).Select(entry => entry.Address).ToHashSet();
            Assert.True(read.IsSupersetOf(acknowledged));
        }

        Assert.Equal(acknowledged.Count, acknowledged.Distinct().Count());
        Assert.DoesNotContain(_folder.Logger.Messages, message => message.Level == Microsoft.Extensions.Logging.LogLevel.Critical);
    }

    private async Task<List<long>> AppendAndKill(int lines)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.Environment[AppendingProcess.FolderVariable] = _folder.Path;
        using var child = Process.Start(start)!;
        var acknowledged = new List<long>();
        while (await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            acknowledged.Add(long.Parse(line, CultureInfo.InvariantCulture));
            if (acknowledged.Count == lines)
            {
                child.Kill();
                break;
            }
        }

        // The last line may be half of one: the kill comes between any two bytes.
        var rest = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        acknowledged.AddRange(rest.Split('\n')[..^1].Select(line => long.Parse(line, CultureInfo.InvariantCulture)));
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, child.ExitCode);
        return acknowledged;
    }
}
