using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rollouts;
using AiFactory.Domain.Rollouts;

namespace AiFactory.Cli.Tests.Rollouts;

public sealed class RolloutArgumentsTests
{
    [Theory]
    [InlineData("error-rate", GuardMetric.ErrorRate, null)]
    [InlineData("latency=0.2", GuardMetric.Latency, 0.2)]
    [InlineData("outcome:accuracy=0.01", GuardMetric.Accuracy, 0.01)]
    [InlineData("outcome:value", GuardMetric.Value, null)]
    public void Guard_WrittenAsDocumented_IsRead(string text, GuardMetric metric, double? tolerance) =>
        Assert.Equal(new RolloutGuard(metric, tolerance), RolloutArguments.Guard(text));

    [Theory]
    [InlineData("errors")]
    [InlineData("latency=")]
    [InlineData("latency=fast")]
    public void Guard_WrittenOtherwise_IsUsage(string text) => Assert.Throws<UsageException>(() => RolloutArguments.Guard(text));

    [Fact]
    public void Steps_Text_AreShares()
    {
        Assert.Null(RolloutArguments.Steps(null));
        Assert.Equal([1, 2.5, 100], RolloutArguments.Steps("1,2.5,100")!);
        Assert.Throws<UsageException>(() => RolloutArguments.Steps("1,x"));
    }
}
