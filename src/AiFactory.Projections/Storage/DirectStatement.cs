using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AiFactory.Projections.Storage;

/// <summary>
/// A statement that runs once a record: values go to SQLite as they are, without the provider's parameters and readers, which cost more than the statement
/// itself. Bind every value, in order, then run.
/// </summary>
internal sealed class DirectStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private byte[] _utf8 = new byte[256];
    private int _bound;

    public DirectStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(_database, sql, out _statement), _database);
    }

    public DirectStatement Bind(long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, ++_bound, value));
        return this;
    }

    public DirectStatement Bind(string value)
    {
        if (Encoding.UTF8.GetMaxByteCount(value.Length) > _utf8.Length)
        {
            _utf8 = new byte[Encoding.UTF8.GetMaxByteCount(value.Length)];
        }

        return Bind(_utf8.AsSpan(0, Encoding.UTF8.GetBytes(value, _utf8)));
    }

    public DirectStatement Bind(ReadOnlySpan<byte> utf8)
    {
        Check(raw.sqlite3_bind_text(_statement, ++_bound, utf8));
        return this;
    }

    /// <returns>Rows changed.</returns>
    /// <exception cref="SqliteException">The database refused; the statement may be bound anew.</exception>
    public int Run()
    {
        _bound = 0;
        var result = raw.sqlite3_step(_statement);
        if (result != raw.SQLITE_DONE)
        {
            raw.sqlite3_reset(_statement);
            SqliteException.ThrowExceptionForRC(result, _database);
        }

        var changed = raw.sqlite3_changes(_database);
        raw.sqlite3_reset(_statement);
        return changed;
    }

    public void Dispose() => _statement.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            _bound = 0;
            SqliteException.ThrowExceptionForRC(result, _database);
        }
    }
}
