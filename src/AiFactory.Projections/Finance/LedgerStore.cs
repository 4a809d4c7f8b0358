using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Projections.Storage;
using Microsoft.Data.Sqlite;

namespace AiFactory.Projections.Finance;

/// <summary>
/// ledger.db: entries, running balances by account, and what each worker's decisions were charged since its last interval. A meter record is named by its
/// address in its log; an entry sums up the records of a range of addresses that move money between the same two accounts. Ranges follow one another
/// without gap or overlap, since the position moves with them, so every record is posted exactly once.
/// </summary>
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

    // Entries of single records become one a pair of accounts: sums stay what they are.
    private const string Ranges = """
        ALTER TABLE entry RENAME TO single;
        CREATE TABLE entry (
            log TEXT NOT NULL, first INTEGER NOT NULL, next INTEGER NOT NULL, tenant TEXT NOT NULL, debit TEXT NOT NULL, credit TEXT NOT NULL,
            at INTEGER NOT NULL, records INTEGER NOT NULL, high INTEGER NOT NULL, low INTEGER NOT NULL,
            PRIMARY KEY (log, first, tenant, debit, credit)) WITHOUT ROWID;
        INSERT INTO entry
            SELECT log_position.log, 0, log_position.next, tenant, debit, credit, max(at), count(*), sum(high), sum(low)
            FROM single JOIN log_position ON substr(key, 1, length(log_position.log) + 1) = log_position.log || '/' GROUP BY log_position.log, tenant, debit, credit;
        DROP TABLE single;
        """;

    private readonly ProjectionDatabase _database = new(path, Schema, Ranges);
    private readonly Dictionary<(string Tenant, string Name), AccountTotals> _accounts = [];
    private readonly Dictionary<(string Tenant, string Debit, string Credit), PostedTotals> _posted = [];
    private readonly Dictionary<DecisionAccount, (PostedTotals Posted, WorkerTotals Worker)> _decisions = [];
    private readonly Dictionary<string, WorkerTotals> _workers = [];
    private Statements? _statements;

    private Statements Sql => _statements ??= new Statements(_database);

    public long Position(string log) => _database.Position(log);

    public bool HoldsOtherThan(string log) => _database.HoldsOtherThan(log);

    public void Apply(string log, IReadOnlyList<LogHead> records, long next)
    {
        _accounts.Clear();
        _posted.Clear();
        _decisions.Clear();
        _workers.Clear();
        _database.Apply(log, records, next, unapplied =>
        {
            var first = -1L;
            foreach (var record in unapplied)
            {
                first = first < 0 ? record.Address : first;
                Post(record);
            }

            Write(log, first, next);
        });
    }

    /// <summary>Balances of a tenant's accounts, by name; consumers positive, devices negative.</summary>
    public IReadOnlyList<StatementLine> Accounts(string tenant) =>
        _database.Query(Sql.ReadAccounts, row => new StatementLine(row.GetString(0), row.GetInt64(1), Amount.Read(row, 2)), tenant);

    /// <summary>The same of all tenants.</summary>
    public IReadOnlyList<(string Tenant, StatementLine Line)> AllAccounts() =>
        _database.Query(Sql.ReadAllAccounts, row => (row.GetString(0), new StatementLine(row.GetString(1), row.GetInt64(2), Amount.Read(row, 3))));

    /// <summary>By worker, charged to decisions since its last interval.</summary>
    public IReadOnlyDictionary<string, Picodollars> Unsettled() =>
        _database.Query(Sql.ReadAllUnsettled, row => (Worker: row.GetString(0), Amount: Amount.Read(row, 1))).ToDictionary(row => row.Worker, row => row.Amount);

    /// <summary>Sums over the entries themselves, by debited account.</summary>
    public IReadOnlyList<StatementLine> SumEntries(string tenant) =>
        _database.Query(Sql.SumEntries, row => new StatementLine(row.GetString(0), row.GetInt64(1), Amount.Read(row, 2)), tenant);

    /// <summary>All that was charged to devices, over all tenants.</summary>
    public Picodollars SumAll() => _database.Query(Sql.SumAll, row => Amount.Read(row, 0)).Single();

    /// <summary>Charged to decisions since the last interval of their device.</summary>
    public Picodollars SumUnsettled() => _database.Query(Sql.SumUnsettled, row => Amount.Read(row, 0)).Single();

    public string BeginAnew() => _database.BeginAnew("account", "entry", "unsettled");

    public void Dispose() => _database.Dispose();

    private void Post(in LogHead record)
    {
        if (record.Record is null)
        {
            Post(record.Decision);
        }
        else if (record.Record is DeviceTimeRecord interval)
        {
            Post(interval);
        }
    }

    // As any entry, but with its places found once for all decisions of a variant on a worker.
    private void Post(in DecisionHead decision)
    {
        var key = new DecisionAccount(decision.Tenant, decision.Endpoint, decision.Variant, decision.Kind, decision.Worker);
        if (!_decisions.TryGetValue(key, out var places))
        {
            places = (Posted(PostingRules.Post(decision)), Worker(decision.Worker));
            _decisions.Add(key, places);
        }

        places.Posted.Add(decision.Cost, decision.At);
        places.Worker.Unsettled += decision.Cost;
    }

    private void Post(DeviceTimeRecord interval)
    {
        var worker = Worker(interval.Worker);
        foreach (var entry in PostingRules.Post(interval, worker.Unsettled))
        {
            Posted(entry).Add(entry.Amount, entry.At);
        }

        worker.Unsettled = Picodollars.Zero;
    }

    private void Write(string log, long first, long next)
    {
        foreach (var ((tenant, debit, credit), posted) in _posted)
        {
            _database.Run(Sql.AddEntry, log, first, next, tenant, debit, credit, posted.At.UtcTicks, posted.Records, Amount.High(posted.Sum), Amount.Low(posted.Sum));
            Account(tenant, debit).Add(posted.Records, posted.Sum);
            Account(tenant, credit).Add(posted.Records, Picodollars.Zero - posted.Sum);
        }

        foreach (var ((tenant, name), account) in _accounts)
        {
            _database.Run(Sql.WriteAccount, tenant, name, account.Entries, Amount.High(account.Balance), Amount.Low(account.Balance));
        }

        foreach (var (worker, totals) in _workers)
        {
            _database.Run(Sql.WriteUnsettled, worker, Amount.High(totals.Unsettled), Amount.Low(totals.Unsettled));
        }
    }

    private PostedTotals Posted(LedgerEntry entry)
    {
        var key = (entry.Tenant, entry.Debit, entry.Credit);
        if (!_posted.TryGetValue(key, out var posted))
        {
            posted = new();
            _posted.Add(key, posted);
        }

        return posted;
    }

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

    private WorkerTotals Worker(string worker)
    {
        if (!_workers.TryGetValue(worker, out var totals))
        {
            totals = new() { Unsettled = _database.Query(Sql.ReadUnsettled, row => Amount.Read(row, 0), worker).SingleOrDefault() };
            _workers.Add(worker, totals);
        }

        return totals;
    }

    /// <summary>What an account holds with the batch at work.</summary>
    private sealed class AccountTotals(long entries, Picodollars balance)
    {
        public long Entries { get; private set; } = entries;

        public Picodollars Balance { get; private set; } = balance;

        public void Add(long entries, Picodollars amount) => (Entries, Balance) = (Entries + entries, Balance + amount);
    }

    /// <summary>What the batch at work moves from one account to another.</summary>
    private sealed class PostedTotals
    {
        public long Records { get; private set; }

        public Picodollars Sum { get; private set; }

        public DateTimeOffset At { get; private set; }

        public void Add(Picodollars amount, DateTimeOffset at) => (Records, Sum, At) = (Records + 1, Sum + amount, at);
    }

    /// <summary>What decisions on a worker were charged since its last interval.</summary>
    private sealed class WorkerTotals
    {
        public Picodollars Unsettled { get; set; }
    }

    private readonly record struct DecisionAccount(string Tenant, string Endpoint, string Variant, DecisionKind Kind, string Worker);

    private sealed class Statements(ProjectionDatabase database)
    {
        public SqliteCommand AddEntry { get; } = database.Prepare(
            """
            INSERT INTO entry (log, first, next, tenant, debit, credit, at, records, high, low)
            VALUES ($log, $first, $next, $tenant, $debit, $credit, $at, $records, $high, $low)
            """,
            "$log", "$first", "$next", "$tenant", "$debit", "$credit", "$at", "$records", "$high", "$low");

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

        public SqliteCommand ReadAllAccounts { get; } = database.Prepare("SELECT tenant, name, entries, high, low FROM account ORDER BY tenant, name");

        public SqliteCommand ReadAllUnsettled { get; } = database.Prepare("SELECT worker, high, low FROM unsettled");

        public SqliteCommand SumEntries { get; } = database.Prepare(
            "SELECT debit, sum(records), sum(high), sum(low) FROM entry WHERE tenant = $tenant GROUP BY debit ORDER BY debit", "$tenant");

        public SqliteCommand SumAll { get; } = database.Prepare("SELECT coalesce(sum(high), 0), coalesce(sum(low), 0) FROM entry");

        public SqliteCommand SumUnsettled { get; } = database.Prepare("SELECT coalesce(sum(high), 0), coalesce(sum(low), 0) FROM unsettled");
    }
}
