using AiFactory.DecisionLog.Shipping;
using AiFactory.Domain.Decisions;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Logs;

public sealed class LogInspectionTests
{
    private readonly MemoryLog _own = new();

    [Fact]
    public async Task List_OwnAndOthers_TellsHowFarEachIsShippedAndHowFarBehindItsOwnIs()
    {
        var inspection = new LogInspection(_own, new FakeShippedLogs("silo-2", new MemoryLog()), new Shipping(_own.Name, LagSeconds: 2.5, LastFailure: "gone"));

        Assert.Equal(
            [new DecisionLogStatus(_own.Name, 40, _own.Tail, 7, 2.5, 3, "gone"), new DecisionLogStatus("silo-2", 0)],
            await inspection.List());
    }

    [Fact]
    public async Task List_NothingIsShipped_TellsOfItsOwn()
    {
        var inspection = new LogInspection(_own);

        Assert.Equal([new DecisionLogStatus(_own.Name, 0, _own.Tail)], await inspection.List());
        Assert.False(inspection.Ships);
    }

    [Theory]
    [InlineData(0, null, true)]
    [InlineData(59, null, true)]
    [InlineData(61, null, false)]
    [InlineData(1, "gone", false)]
    public void Examine_Lag_IsWellWithinAMinuteAndWithoutFailure(double seconds, string? failure, bool well)
    {
        var inspection = new LogInspection(_own, shipping: new Shipping(_own.Name, seconds, failure));

        if (well)
        {
            Assert.Contains("7 bytes behind", inspection.Examine(), StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains(failure ?? "does not keep up", Assert.Throws<InvalidOperationException>(inspection.Examine).Message, StringComparison.Ordinal);
        }
    }

    private sealed record Shipping(string Log, double LagSeconds, string? LastFailure) : ILogShipping
    {
        public ShippingStatus Status => new(Log, "s3://bucket", 47, 40, 7, LagSeconds, 40, 3, LastFailure, 0);
    }
}
