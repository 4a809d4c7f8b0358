using System.Globalization;
using DuckDB.NET.Data;

namespace AiFactory.Lakehouse.Profiles;

/// <summary>An in-memory DuckDB with bounded memory and threads, which spills into the store's scratch folder and fetches no extensions.</summary>
internal sealed class DuckDbSession : IDisposable
{
    private readonly DuckDBConnection connection = new("DataSource=:memory:");

    public DuckDbSession(LakehouseOptions options, string scratch)
    {
        connection.Open();
        Execute("SET autoinstall_known_extensions = false");
        Execute("SET autoload_known_extensions = false");
        Execute(string.Create(CultureInfo.InvariantCulture, $"SET memory_limit = '{options.DuckDbMemoryMebibytesMax}MiB'"));
        Execute(string.Create(CultureInfo.InvariantCulture, $"SET threads = {options.DuckDbThreads}"));
        Execute($"SET temp_directory = {Literal(scratch)}");
        Execute("SET lock_configuration = true");
    }

    /// <summary>A table function over Parquet files; rows come in the order of the files.</summary>
    /// <param name="files">Local paths.</param>
    public static string Parquet(IEnumerable<string> files) => $"read_parquet([{string.Join(", ", files.Select(Literal))}])";

    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A number that reads back as itself.</summary>
    public static string Literal(double value) => string.Create(CultureInfo.InvariantCulture, $"({value:R}::DOUBLE)");

    public IReadOnlyList<T> Query<T>(string sql, Func<DuckDBDataReader, T> read, CancellationToken cancellation)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var cancel = cancellation.Register(command.Cancel);
        using var reader = command.ExecuteReader();
        List<T> rows = [];
        while (reader.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            rows.Add(read(reader));
        }

        return rows;
    }

    public void Dispose() => connection.Dispose();

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private void Execute(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
