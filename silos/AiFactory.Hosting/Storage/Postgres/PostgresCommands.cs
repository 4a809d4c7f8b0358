using Npgsql;

namespace AiFactory.Hosting.Storage.Postgres;

internal static class PostgresCommands
{
    private const string Timeout = "Timeout";
    private const string CommandTimeout = "Command Timeout";
    private const string PoolSizeMax = "Maximum Pool Size";
    private const string ApplicationName = "Application Name";

    /// <summary>
    /// The user's connection string, with what a silo needs where the user did not say otherwise: no call waits for long on a database that is gone,
    /// and many silos fit in the connections that PostgreSQL has by default.
    /// </summary>
    public static string Completed(string connectionString, string siloName)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        var given = builder.Keys.Cast<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (!given.Contains(Timeout))
            builder.Timeout = 5;
        if (!given.Contains(CommandTimeout))
            builder.CommandTimeout = 10;
        if (!given.Contains(PoolSizeMax))
            builder.MaxPoolSize = 16;
        if (!given.Contains(ApplicationName))
            builder.ApplicationName = $"AiFactory {siloName}";
        return builder.ToString();
    }

    /// <summary>Runs statements; with arguments, one statement with <c>$1</c>, <c>$2</c>... in it.</summary>
    public static async Task<int> Run(this NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] arguments)
    {
        await using var command = connection.Command(sql, arguments);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>As <see cref="Run"/>, for what waits on others of whom nobody knows how many there are.</summary>
    public static async Task RunPatiently(this NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] arguments)
    {
        await using var command = connection.Command(sql, arguments);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellation);
    }

    public static async Task<T?> Scalar<T>(this NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] arguments)
    {
        await using var command = connection.Command(sql, arguments);
        return await command.ExecuteScalarAsync(cancellation) is T value ? value : default;
    }

    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params object[] arguments)
    {
#pragma warning disable CA2100 // The statements are constants of this assembly.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var argument in arguments)
            command.Parameters.Add(new NpgsqlParameter { Value = argument });
        return command;
    }
}
