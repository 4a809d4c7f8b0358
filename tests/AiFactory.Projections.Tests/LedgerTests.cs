using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Refusals;
using AiFactory.Projections.Finance;
using Microsoft.Data.Sqlite;

namespace AiFactory.Projections.Tests;

public sealed class LedgerTests : IDisposable
{
    private readonly Factory _factory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _factory.Dispose();

    [Fact]
    public async Task Statement_DecisionsAndDeviceTime_SumsToTheBill()
    {
        _factory.Log.Append(Factory.Decision(1, cost: 100));
        _factory.Log.Append(Factory.Decision(2, variant: "b", cost: 50));
        _factory.Log.Append(Factory.Decision(3, tenant: "acme", cost: 30));
        _factory.Log.Append(Factory.Interval(1, inference: 200, training: 500, idle: 300));

        var mine = await _factory.Statement("default", Cancellation);
        Assert.Equal((150, 0, 20, 300, 470), ((int)mine.DecisionsTotal.Value, (int)mine.TrainingTotal.Value, (int)mine.OverheadTotal.Value, (int)mine.IdleTotal.Value, (int)mine.LedgerTotal.Value));
        Assert.Equal(["endpoint/churn/variant/a", "endpoint/churn/variant/b", "idle/silo-1/cpu-0", "overhead/silo-1/cpu-0"], mine.Lines.Select(line => line.Account));
        Assert.Equal(new Picodollars(100).ToUsd() * 1000, mine.CostPer1000DecisionsUsd["churn/a"]);

        var theirs = await _factory.Statement("acme", Cancellation);
        Assert.Equal((30, 500, 0, 0, 530), ((int)theirs.DecisionsTotal.Value, (int)theirs.TrainingTotal.Value, (int)theirs.OverheadTotal.Value, (int)theirs.IdleTotal.Value, (int)theirs.LedgerTotal.Value));

        var reconciled = await _factory.Reconcile("default", Cancellation);
        Assert.True(reconciled.Exact, string.Join(' ', reconciled.Findings));
        Assert.Equal((2L, 150, 1_000, 1_000), (reconciled.Decisions, (int)reconciled.LogDecisions.Value, (int)reconciled.DeviceBill.Value, (int)reconciled.DeviceCharged.Value));
        Assert.Equal(Picodollars.Zero, (await _factory.Reconcile("acme", Cancellation)).DeviceBill);
    }

    [Fact]
    public async Task Statement_ShadowsAndStaticDefaults_HaveAccountsOfTheirOwn()
    {
        _factory.Log.Append(Factory.Decision(1, cost: 100));
        // A shadow promoted has decisions of both kinds under one name.
        _factory.Log.Append(Factory.Decision(2, variant: "next", cost: 40) with { Kind = DecisionKind.Shadow, Assigned = "a", Original = 0 });
        _factory.Log.Append(Factory.Decision(3, variant: "next", cost: 7));
        _factory.Log.Append(Factory.Decision(4, variant: "", worker: "", cost: 0) with { Kind = DecisionKind.Default, Assigned = "a" });

        var statement = await _factory.Statement("default", Cancellation);

        Assert.Equal(
            [("endpoint/churn/default", 0), ("endpoint/churn/shadow/next", 40), ("endpoint/churn/variant/a", 100), ("endpoint/churn/variant/next", 7)],
            statement.Lines.Select(line => (line.Account, (int)line.Balance.Value)));
        Assert.Equal(["churn/a", "churn/default", "churn/next", "churn/shadow/next"], statement.CostPer1000DecisionsUsd.Keys.Order(StringComparer.Ordinal));
        Assert.True((await _factory.Reconcile("default", Cancellation)).Exact);
    }

    [Fact]
    public async Task Statement_DecisionAfterItsInterval_IsCorrectedByTheNext()
    {
        _factory.Log.Append(Factory.Interval(1, inference: 100, training: 0, idle: 0));
        _factory.Log.Append(Factory.Decision(1, cost: 100));
        var between = await _factory.Reconcile("default", Cancellation);
        Assert.True(between.Exact, string.Join(' ', between.Findings));

        _factory.Log.Append(Factory.Interval(2, inference: 0, training: 0, idle: 7));
        var statement = await _factory.Statement("default", Cancellation);
        Assert.Equal((Picodollars.Zero, new Picodollars(107)), (statement.OverheadTotal, statement.LedgerTotal));
        Assert.True((await _factory.Reconcile("default", Cancellation)).Exact);
    }

    [Fact]
    public async Task Statement_AmountsBeyondSixtyFourBits_StayExact()
    {
        var large = ((Int128)1 << 80) + 1;
        for (var i = 0; i < 5; i++)
        {
            _factory.Log.Append(Factory.Decision(i, cost: large));
        }

        Assert.Equal(new Picodollars(5 * large), (await _factory.Statement("default", Cancellation)).DecisionsTotal);
        Assert.True((await _factory.Reconcile("default", Cancellation)).Exact);
    }

    [Fact]
    public async Task Reconcile_EntryTamperedWith_IsFound()
    {
        _factory.Log.Append(Factory.Decision(1, cost: 100));
        Assert.True((await _factory.Reconcile("default", Cancellation)).Exact);
        Execute("UPDATE entry SET low = low + 1");

        var reconciled = await _factory.Reconcile("default", Cancellation);
        Assert.False(reconciled.Exact);
        Assert.Contains(reconciled.Findings, finding => finding.Contains("101", StringComparison.Ordinal) && finding.Contains("DIFFERS", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Open_LedgerWithAnEntryARecord_KeepsItsSums()
    {
        _factory.Log.Append(Factory.Decision(1, cost: 100));
        _factory.Log.Append(Factory.Decision(2, cost: 50));
        _factory.Log.Append(Factory.Decision(3, tenant: "acme", cost: 30));
        await _factory.LedgerReader.CatchUp(Cancellation);
        Execute(
            """
            DROP TABLE entry;
            CREATE TABLE entry (
                key TEXT PRIMARY KEY, tenant TEXT NOT NULL, at INTEGER NOT NULL, debit TEXT NOT NULL, credit TEXT NOT NULL, high INTEGER NOT NULL, low INTEGER NOT NULL)
                WITHOUT ROWID;
            INSERT INTO entry VALUES ('silo-1/00000000000040', 'default', 1, 'endpoint/churn/variant/a', 'device/silo-1/cpu-0', 0, 100),
                ('silo-1/00000000000100', 'default', 2, 'endpoint/churn/variant/a', 'device/silo-1/cpu-0', 0, 50),
                ('silo-1/00000000000200', 'acme', 3, 'endpoint/churn/variant/a', 'device/silo-1/cpu-0', 0, 30);
            UPDATE schema_version SET version = 1;
            """);
        _factory.Restart();

        _factory.Log.Append(Factory.Decision(4, cost: 7));
        foreach (var (tenant, cost) in new[] { ("default", 157), ("acme", 30) })
        {
            var reconciled = await _factory.Reconcile(tenant, Cancellation);
            Assert.True(reconciled.Exact, string.Join(' ', reconciled.Findings));
            Assert.Equal(new Picodollars(cost), reconciled.LedgerDecisions);
        }
    }

    [Fact]
    public async Task Open_SchemaOfALaterRelease_IsRefused()
    {
        await _factory.Statement("default", Cancellation);
        Execute("UPDATE schema_version SET version = 99");
        var refused = Assert.Throws<RefusedException>(() => new LedgerStore(_factory.LedgerPath));
        Assert.Equal("projection-newer", refused.Refusal.Code);
    }

    [Fact]
    public async Task CatchUp_DatabaseRefuses_NothingIsHalfAppliedAndTheNextTryWorks()
    {
        _factory.Log.Append(Factory.Decision(1, cost: 100));
        _factory.Log.Append(Factory.Decision(2, cost: 100));
        Execute("CREATE TRIGGER full BEFORE UPDATE ON log_position BEGIN SELECT RAISE(ABORT, 'disk full'); END; INSERT INTO log_position VALUES ('silo-1', 0);");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => _factory.Statement("default", Cancellation));
        Assert.Equal("projection-unavailable", refused.Refusal.Code);

        Execute("DROP TRIGGER full");
        Assert.Equal(new Picodollars(200), (await _factory.Statement("default", Cancellation)).LedgerTotal);
        Assert.True((await _factory.Reconcile("default", Cancellation)).Exact);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_factory.LedgerPath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this test.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
