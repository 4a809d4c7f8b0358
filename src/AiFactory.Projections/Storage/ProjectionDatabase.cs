using AiFactory.DecisionLog;
using Microsoft.Data.Sqlite;

namespace AiFactory.Projections.Storage;

/// <summary>An SQLite file with its schema version and the log positions that its content reaches to.</summary>
internal sealed class ProjectionDatabase : IDisposable
{
    private const string Preamble = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA busy_timeout = 5000;
        CREATE TABLE IF NOT EXISTS schema_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS log_position (log TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
        """;

    private readonly SqliteConnection _connection;
    private readonly List<IDisposable> _commands = [];
    private readonly SqliteCommand _readPosition;
    private readonly SqliteCommand _writePosition;
    private readonly SqliteCommand _countOthers;
    private SqliteTransaction? _transaction;

    /// <param name="scripts">The schema's steps; step n brings version n - 1 to n.</param>
    public ProjectionDatabase(string path, params ReadOnlySpan<string> scripts)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _connection.Open();
        try
        {
            Execute(Preamble);
            Upgrade(scripts);
            _readPosition = Prepare("SELECT next FROM log_position WHERE log = $log", "$log");
            _countOthers = Prepare("SELECT count(*) FROM log_position WHERE log <> $log", "$log");
            _writePosition = Prepare("INSERT INTO log_position (log, next) VALUES ($log, $next) ON CONFLICT (log) DO UPDATE SET next = excluded.next", "$log", "$next");
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    public long Position(string log) => Query(_readPosition, row => row.GetInt64(0), log).SingleOrDefault();

    /// <summary>Whether a log of another name was read into it.</summary>
    public bool HoldsOtherThan(string log) => Query(_countOthers, row => row.GetInt64(0), log).Single() > 0;

    /// <summary>Does the work on the records that were not applied before and moves the position, or nothing at all.</summary>
    public void Apply(string log, IReadOnlyList<LogHead> records, long next, Action<IEnumerable<LogHead>> work)
    {
        using var transaction = _connection.BeginTransaction();
        _transaction = transaction;
        try
        {
            var position = Position(log);
            work(records.SkipWhile(record => record.Address < position));
            Run(_writePosition, log, Math.Max(position, next));
            transaction.Commit();
        }
        finally
        {
            _transaction = null;
        }
    }

    /// <summary>Copies the file aside, then empties the tables and forgets all positions.</summary>
    /// <returns>The copy's path.</returns>
    public string BeginAnew(params ReadOnlySpan<string> tables)
    {
        var copy = $"{_connection.DataSource}.{Guid.CreateVersion7():n}";
        Execute($"VACUUM INTO '{copy.Replace("'", "''", StringComparison.Ordinal)}'");
        using var transaction = _connection.BeginTransaction();
        _transaction = transaction;
        try
        {
            foreach (var table in tables)
            {
                Execute($"DELETE FROM {table}");
            }

            Execute("DELETE FROM log_position");
            transaction.Commit();
            return copy;
        }
        finally
        {
            _transaction = null;
        }
    }

    /// <summary>A statement compiled once and used often.</summary>
    public SqliteCommand Prepare(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        }

        command.Prepare();
        _commands.Add(command);
        return command;
    }

    /// <returns>Rows changed.</returns>
    public int Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        Bind(command, values);
        return command.ExecuteNonQuery();
    }

    public List<T> Query<T>(SqliteCommand command, Func<SqliteDataReader, T> read, params ReadOnlySpan<object> values)
    {
        Bind(command, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public void Dispose()
    {
        _commands.ForEach(command => command.Dispose());
        _connection.Dispose();
    }

    private void Bind(SqliteCommand command, ReadOnlySpan<object> values)
    {
        command.Transaction = _transaction;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }
    }

    private void Upgrade(ReadOnlySpan<string> scripts)
    {
        using var transaction = _connection.BeginTransaction();
        _transaction = transaction;
        using var read = _connection.CreateCommand();
        read.Transaction = transaction;
        read.CommandText = "SELECT coalesce(max(version), 0) FROM schema_version";
        var version = (int)(long)read.ExecuteScalar()!;
        if (version > scripts.Length)
        {
            throw ProjectionRefusals.Newer(_connection.DataSource, version, scripts.Length);
        }

        foreach (var script in scripts[version..])
        {
            Execute(script);
        }

        Execute($"INSERT INTO schema_version (one, version) VALUES (1, {scripts.Length}) ON CONFLICT (one) DO UPDATE SET version = excluded.version");
        transaction.Commit();
        _transaction = null;
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.Transaction = _transaction;
#pragma warning disable CA2100 // Only this library's own constant scripts come here.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
