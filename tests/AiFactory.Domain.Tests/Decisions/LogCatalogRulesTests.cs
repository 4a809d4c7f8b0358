using AiFactory.Domain.Decisions;

namespace AiFactory.Domain.Tests.Decisions;

public sealed class LogCatalogRulesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Enter_NewLog_IsLast()
    {
        var logs = LogCatalogRules.Enter(LogCatalogRules.Enter([], "silo-1", LogKind.Silo, 5, Noon), "gateway-1", LogKind.Client, 0, Noon);

        Assert.Equal([new("silo-1", LogKind.Silo, Noon, 5, Noon), new("gateway-1", LogKind.Client, Noon, 0, Noon)], logs);
    }

    [Fact]
    public void Enter_AgainTheSame_IsNoChange()
    {
        var logs = LogCatalogRules.Enter([], "silo-1", LogKind.Silo, 5, Noon);

        Assert.Same(logs, LogCatalogRules.Enter(logs, "silo-1", LogKind.Silo, 5, Noon.AddHours(1)));
    }

    [Fact]
    public void Enter_AgainFurther_KeepsWhenItWasFirstSeen()
    {
        var logs = LogCatalogRules.Enter(LogCatalogRules.Enter([], "silo-1", LogKind.Silo, 5, Noon), "silo-1", LogKind.Client, 9, Noon.AddHours(1));

        Assert.Equal([new("silo-1", LogKind.Client, Noon, 9, Noon.AddHours(1))], logs);
    }

    [Fact]
    public void Find_NeverEntered_IsRefused()
    {
        Assert.Equal("decision-log-unknown", LogCatalogRules.Find([], "silo-9").Refusal?.Code);
        Assert.Equal(7, LogCatalogRules.Find(LogCatalogRules.Enter([], "silo-1", LogKind.Silo, 7, Noon), "silo-1").Value!.Position);
    }
}
