using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;

namespace AiFactory.Domain.Tests.Finance;

public sealed class StatementRulesTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    private static readonly Dictionary<string, Picodollars> None = [];

    [Fact]
    public void Sum_SharesOfTwoLogs_AddsLineByLine()
    {
        var large = (Int128)1 << 80;
        var statement = StatementRules.Sum("acme",
            [
                Share("silo-1", None, new("endpoint/churn/variant/a", 2, new(large)), new("device/silo-1/cpu-0", 2, new(-large))),
                Share("silo-2", None, new("endpoint/churn/variant/a", 3, new(7)), new("training/run-1", 1, new(5)), new("device/silo-2/cpu-0", 4, new(-12))),
            ], Now);

        Assert.Equal([new("endpoint/churn/variant/a", 5, new(large + 7)), new("training/run-1", 1, new(5))], statement.Lines);
        Assert.Equal((new(large + 7), new(5), new(large + 12)), (statement.DecisionsTotal, statement.TrainingTotal, statement.LedgerTotal));
        Assert.Equal(PostingRules.CostPer1000Usd(new(large + 7), 5), statement.CostPer1000DecisionsUsd["churn/a"]);
        Assert.Equal(["silo-1", "silo-2"], statement.Logs!.Select(log => log.Log));
    }

    [Fact]
    public void Sum_DecisionsOnAnotherSilosDevice_AreNoOverheadOfIts()
    {
        // silo-2's device computed 100 for silo-1's gateway, and 10 that became no decision.
        var gateway = Share("silo-1", new() { ["silo-2/cpu-0"] = new(100) }, new("endpoint/churn/variant/a", 1, new(100)), new("device/silo-2/cpu-0", 1, new(-100)));
        var owner = Share("silo-2", None, new("overhead/silo-2/cpu-0", 1, new(110)), new("idle/silo-2/cpu-0", 1, new(90)), new("device/silo-2/cpu-0", 2, new(-200)));

        var statement = StatementRules.Sum("default", [gateway, owner], Now);

        Assert.Equal((100, 10, 90, 200), ((int)statement.DecisionsTotal.Value, (int)statement.OverheadTotal.Value, (int)statement.IdleTotal.Value, (int)statement.LedgerTotal.Value));
        Assert.Equal(new Picodollars(10), statement.Lines.Single(line => line.Account == "overhead/silo-2/cpu-0").Balance);
    }

    [Fact]
    public void Sum_DevicesOwnLogMissing_LeavesItsTimeCharged()
    {
        var gateway = Share("silo-1", new() { ["silo-2/cpu-0"] = new(100) }, new("endpoint/churn/variant/a", 1, new(100)), new("device/silo-2/cpu-0", 1, new(-100)));
        var missing = new LogShare<LedgerShare>(new("silo-2", LogKind.Silo, LogState.Unknown, 50, null), null);

        var statement = StatementRules.Sum("default", [gateway, missing], Now);

        Assert.Equal((100, 0, 100), ((int)statement.DecisionsTotal.Value, (int)statement.OverheadTotal.Value, (int)statement.LedgerTotal.Value));
        Assert.Equal([LogState.Live, LogState.Unknown], statement.Logs!.Select(log => log.State));
    }

    [Fact]
    public void Compare_OneLogsErrorHiddenByAnothers_IsNotExactAndNamed()
    {
        var compared = ReconciliationRules.Compare([Books("silo-1", ledger: 11, logged: 10), Books("silo-2", ledger: 9, logged: 10)]);

        Assert.False(compared.Exact);
        Assert.Equal(compared.LogDecisions, compared.LedgerDecisions);
        Assert.Contains(compared.Findings, finding => finding.Contains("Log silo-1", StringComparison.Ordinal) && finding.Contains("11", StringComparison.Ordinal));
    }

    [Fact]
    public void Compare_PublishedLog_IsComparedAndNamed()
    {
        var published = Books("silo-2", ledger: 10, logged: 10);
        published = published with { Standing = published.Standing with { State = LogState.Published }, Share = published.Share! with { Entries = null } };

        var compared = ReconciliationRules.Compare([Books("silo-1", ledger: 10, logged: 10), published]);

        Assert.True(compared.Exact, string.Join(' ', compared.Findings));
        Assert.Equal((4, 20), (compared.Decisions, (int)compared.LedgerDecisions.Value));
        Assert.Contains(compared.Findings, finding => finding.Contains("silo-2", StringComparison.Ordinal) && finding.Contains("as of", StringComparison.Ordinal));
    }

    [Fact]
    public void Compare_UnknownLog_IsNotExact()
    {
        var compared = ReconciliationRules.Compare([Books("silo-1", ledger: 10, logged: 10), new(new("silo-2", LogKind.Silo, LogState.Unknown, 50, null), null)]);

        Assert.False(compared.Exact);
        Assert.Contains(compared.Findings, finding => finding.Contains("silo-2", StringComparison.Ordinal) && finding.Contains("not in the sums", StringComparison.Ordinal));
    }

    private static LogShare<LedgerShare> Share(string log, Dictionary<string, Picodollars> abroad, params StatementLine[] lines) => new(Live(log), new(100, lines, abroad));

    private static LogShare<ReconciliationShare> Books(string log, Int128 ledger, Int128 logged)
    {
        var line = new StatementLine("endpoint/churn/variant/a", 2, new(ledger));
        return new(Live(log), new(100, [line, new($"device/{log}/cpu-0", 2, new(-ledger))], [line], 2, new(logged), new(ledger), new(ledger)));
    }

    private static LogStanding Live(string log) => new(log, LogKind.Silo, LogState.Live, 100, Now);
}
