using System.Text;
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
    private readonly Dictionary<(string Tenant, string Name), AccountTotals> _accounts = [];
    private readonly Dictionary<DecisionAccount, DecisionAccounts> _decisionAccounts = [];
    private readonly Dictionary<string, Picodollars> _unsettled = [];
    private Statements? _statements;

    private Statements Sql => _statements ??= new Statements(_database);

    public long Position(string log) => _database.Position(log);

    public void Apply(string log, IReadOnlyList<LogEntry> records, long next)
    {
        _accounts.Clear();
        _decisionAccounts.Clear();
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
            case DecisionRecord decision:
                PostDecision(log, record.Address, decision);
                break;
            case DeviceTimeRecord interval:
                PostInterval(log, record.Address, interval);
                break;
        }
    }

    // As any entry, but with the names of its accounts made once for all decisions of a variant in a batch.
    private void PostDecision(string log, long address, DecisionRecord decision)
    {
        var key = new DecisionAccount(decision.Tenant, decision.Endpoint, decision.Variant, decision.Kind, decision.Worker);
        if (!_decisionAccounts.TryGetValue(key, out var accounts))
        {
            var entry = PostingRules.Post(log, address, decision);
            accounts = new(entry.Debit, entry.Credit, Account(entry.Tenant, entry.Debit), Account(entry.Tenant, entry.Credit));
            _decisionAccounts.Add(key, accounts);
        }

        Span<byte> idempotencyKey = stackalloc byte[PostingRules.KeyBytesMax(log)];
        idempotencyKey = idempotencyKey[..PostingRules.WriteKey(log, address, idempotencyKey)];
        if (Insert(idempotencyKey, decision.Tenant, decision.At, accounts.Debit, accounts.Credit, decision.Cost))
        {
            accounts.Debited.Add(decision.Cost);
            accounts.Credited.Add(Picodollars.Zero - decision.Cost);
            _unsettled[decision.Worker] = Unsettled(decision.Worker) + decision.Cost;
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

    private void Post(LedgerEntry entry)
    {
        if (Insert(Encoding.UTF8.GetBytes(entry.IdempotencyKey), entry.Tenant, entry.At, entry.Debit, entry.Credit, entry.Amount))
        {
            Account(entry.Tenant, entry.Debit).Add(entry.Amount);
            Account(entry.Tenant, entry.Credit).Add(Picodollars.Zero - entry.Amount);
        }
    }

    private bool Insert(ReadOnlySpan<byte> idempotencyKey, string tenant, DateTimeOffset at, string debit, string credit, Picodollars amount) =>
        Sql.AddEntry.Bind(idempotencyKey).Bind(tenant).Bind(at.UtcTicks).Bind(debit).Bind(credit).Bind(Amount.High(amount)).Bind(Amount.Low(amount)).Run() == 1;

    private AccountTotals Account(string tenant, string name)
    {
        if (!_accounts.TryGetValue((tenant, name), out var account))
        {
            account = _database.Query(Sql.ReadAccount, row => new AccountTotals(row.GetInt64(0), Amount.Read(row, 1)), tenant, name).SingleOrDefault()
                ?? new AccountTotals(0, Picodollars.Zero);
            _accounts.Add((tenant, name), account);
        }

        return account;
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

    /// <summary>What an account holds with the batch at work.</summary>
    private sealed class AccountTotals(long entries, Picodollars balance)
    {
        public long Entries { get; private set; } = entries;

        public Picodollars Balance { get; private set; } = balance;

        public void Add(Picodollars amount) => (Entries, Balance) = (Entries + 1, Balance + amount);
    }

    private readonly record struct DecisionAccount(string Tenant, string Endpoint, string Variant, DecisionKind Kind, string Worker);

    private sealed record DecisionAccounts(string Debit, string Credit, AccountTotals Debited, AccountTotals Credited);

    private sealed class Statements(ProjectionDatabase database)
    {
        public DirectStatement AddEntry { get; } = database.PrepareDirect(
            "INSERT INTO entry (key, tenant, at, debit, credit, high, low) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING");

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
