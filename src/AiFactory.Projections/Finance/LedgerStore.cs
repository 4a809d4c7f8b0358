using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Projections.Storage;
using Microsoft.Data.Sqlite;

namespace AiFactory.Projections.Finance;

/// <summary>ledger.db: entries by idempotency key, running balances by account, and what each worker's decisions were charged since its last interval.</summary>
internal sealed class LedgerStore(string path) : IProjectionStore
{
    private const string Schema = """
        CREATE TABLE account (
            tenant TEXT NOT NULL, name TEXT NOT NULL, entries INTEGER NOT NULL, high INTEGER NOT NULL, low INTEGER NOT NULL,
            PRIMARY KEY (tenant, name)) WITHOUT ROWID;
        CREATE TABLE entry (
            key TEXT PRIMARY KEY, tenant TEXT NOT NULL, at INTEGER NOT NULL, debit TEXT NOT NULL, credit TEXT NOT NULL, high INTEGER NOT NULL, low INTEGER NOT NULL)
            WITHOUT ROWID;
        CREATE TABLE unsettled (worker TEXT PRIMARY KEY, high INTEGER NOT NULL, low INTEGER NOT NULL) WITHOUT ROWID;
        """;

    private readonly ProjectionDatabase _database = new(path, Schema);
    private readonly Dictionary<(string Tenant, string Name), StatementLine> _accounts = [];
    private readonly Dictionary<string, Picodollars> _unsettled = [];
    private Statements? _statements;

    private Statements Sql => _statements ??= new Statements(_database);

    public long Position(string log) => _database.Position(log);

    public void Apply(string log, IReadOnlyList<LogEntry> records, long next)
    {
        _accounts.Clear();
        _unsettled.Clear();
        _database.Apply(log, records, next, unapplied =>
        {
            foreach (var record in unapplied)
            {
                Post(log, record);
            }

            foreach (var ((tenant, name), line) in _accounts)
            {
                _database.Run(Sql.WriteAccount, tenant, name, line.Entries, Amount.High(line.Balance), Amount.Low(line.Balance));
            }

            foreach (var (worker, amount) in _unsettled)
            {
                _database.Run(Sql.WriteUnsettled, worker, Amount.High(amount), Amount.Low(amount));
            }
        });
    }

    /// <summary>Balances of a tenant's accounts, by name; consumers positive, devices negative.</summary>
    public IReadOnlyList<StatementLine> Accounts(string tenant) =>
        _database.Query(Sql.ReadAccounts, row => new StatementLine(row.GetString(0), row.GetInt64(1), Amount.Read(row, 2)), tenant);

    /// <summary>Sums over the entries themselves, by debited account.</summary>
    public IReadOnlyList<StatementLine> SumEntries(string tenant) =>
        _database.Query(Sql.SumEntries, row => new StatementLine(row.GetString(0), row.GetInt64(1), Amount.Read(row, 2)), tenant);

    /// <summary>All that was charged to devices, over all tenants.</summary>
    public Picodollars SumAll() => _database.Query(Sql.SumAll, row => Amount.Read(row, 0)).Single();

    /// <summary>Charged to decisions since the last interval of their device.</summary>
    public Picodollars SumUnsettled() => _database.Query(Sql.SumUnsettled, row => Amount.Read(row, 0)).Single();

    public string BeginAnew() => _database.BeginAnew("account", "entry", "unsettled");

    public void Dispose() => _database.Dispose();

    private void Post(string log, LogEntry record)
    {
        switch (record.Record)
        {
            case DecisionRecord decision when Post(PostingRules.Post(log, record.Address, decision)):
                _unsettled[decision.Worker] = Unsettled(decision.Worker) + decision.Cost;
                break;
            case DeviceTimeRecord interval:
                PostInterval(log, record.Address, interval);
                break;
        }
    }

    private void PostInterval(string log, long address, DeviceTimeRecord interval)
    {
        foreach (var entry in PostingRules.Post(log, address, interval, Unsettled(interval.Worker)))
        {
            Post(entry);
        }

        _unsettled[interval.Worker] = Picodollars.Zero;
    }

    private bool Post(LedgerEntry entry)
    {
        if (_database.Run(
            Sql.AddEntry, entry.IdempotencyKey, entry.Tenant, entry.At.UtcTicks, entry.Debit, entry.Credit, Amount.High(entry.Amount), Amount.Low(entry.Amount)) == 0)
        {
            return false;
        }

        Add(entry.Tenant, entry.Debit, entry.Amount);
        Add(entry.Tenant, entry.Credit, Picodollars.Zero - entry.Amount);
        return true;
    }

    private void Add(string tenant, string account, Picodollars amount)
    {
        if (!_accounts.TryGetValue((tenant, account), out var line))
        {
            line = _database.Query(Sql.ReadAccount, row => new StatementLine(account, row.GetInt64(0), Amount.Read(row, 1)), tenant, account).SingleOrDefault()
                ?? new StatementLine(account, 0, Picodollars.Zero);
        }

        _accounts[(tenant, account)] = line with { Entries = line.Entries + 1, Balance = line.Balance + amount };
    }

    private Picodollars Unsettled(string worker)
    {
        if (!_unsettled.TryGetValue(worker, out var amount))
        {
            amount = _database.Query(Sql.ReadUnsettled, row => Amount.Read(row, 0), worker).SingleOrDefault();
            _unsettled[worker] = amount;
        }

        return amount;
    }

    private sealed class Statements(ProjectionDatabase database)
    {
        public SqliteCommand AddEntry { get; } = database.Prepare(
            "INSERT INTO entry (key, tenant, at, debit, credit, high, low) VALUES ($key, $tenant, $at, $debit, $credit, $high, $low) ON CONFLICT (key) DO NOTHING",
            "$key", "$tenant", "$at", "$debit", "$credit", "$high", "$low");

        public SqliteCommand ReadAccount { get; } = database.Prepare(
            "SELECT entries, high, low FROM account WHERE tenant = $tenant AND name = $name", "$tenant", "$name");

        public SqliteCommand WriteAccount { get; } = database.Prepare(
            """
            INSERT INTO account (tenant, name, entries, high, low) VALUES ($tenant, $name, $entries, $high, $low)
            ON CONFLICT (tenant, name) DO UPDATE SET entries = excluded.entries, high = excluded.high, low = excluded.low
            """,
            "$tenant", "$name", "$entries", "$high", "$low");

        public SqliteCommand ReadUnsettled { get; } = database.Prepare("SELECT high, low FROM unsettled WHERE worker = $worker", "$worker");

        public SqliteCommand WriteUnsettled { get; } = database.Prepare(
            "INSERT INTO unsettled (worker, high, low) VALUES ($worker, $high, $low) ON CONFLICT (worker) DO UPDATE SET high = excluded.high, low = excluded.low",
            "$worker", "$high", "$low");

        public SqliteCommand ReadAccounts { get; } = database.Prepare(
            "SELECT name, entries, high, low FROM account WHERE tenant = $tenant ORDER BY name", "$tenant");

        public SqliteCommand SumEntries { get; } = database.Prepare(
            "SELECT debit, count(*), sum(high), sum(low) FROM entry WHERE tenant = $tenant GROUP BY debit ORDER BY debit", "$tenant");

        public SqliteCommand SumAll { get; } = database.Prepare("SELECT coalesce(sum(high), 0), coalesce(sum(low), 0) FROM entry");

        public SqliteCommand SumUnsettled { get; } = database.Prepare("SELECT coalesce(sum(high), 0), coalesce(sum(low), 0) FROM unsettled");
    }
}
