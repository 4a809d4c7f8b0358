using AiFactory.Domain.Refusals;
using AiFactory.Hosting.Options;
using AiFactory.Hosting.Storage.Postgres;
using Npgsql;

namespace AiFactory.Hosting.Cluster;

/// <summary>
/// This process's name in the cluster, which nobody else bears meanwhile: workers and decisions are known by it. It is held by a lock of a session of the
/// database, so it is free the moment that the process is dead, and no clocks are compared.
/// </summary>
public sealed class SiloSeat : IAsyncDisposable
{
    /// <summary>How long the session of a silo that has just been killed may go on.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(100);

    private readonly FactoryOptions _options;
    private NpgsqlConnection _connection;

    private SiloSeat(FactoryOptions options, string connectionString, NpgsqlConnection connection) =>
        (_options, ConnectionString, _connection) = (options, connectionString, connection);

    /// <summary>The cluster's database, as this process uses it.</summary>
    internal string ConnectionString { get; }

    /// <summary>Brings the database's schema up to date and takes the name; what a former bearer of it left in the list of silos is declared dead.</summary>
    /// <exception cref="RefusedException"><c>cluster-database-unusable, schema-newer, silo-name-taken</c>.</exception>
    public static async Task<SiloSeat> Take(FactoryOptions options, TimeProvider time, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        var connectionString = PostgresCommands.Completed(options.Cluster.Database!, options.SiloName);
        try
        {
            await PostgresSchema.Apply(connectionString, PostgresSchema.Steps, cancellation);
            var began = time.GetTimestamp();
            while (true)
            {
                var connection = await Open(connectionString, cancellation);
                if (await SiloNameLock.TryTake(connection, options.Cluster.Id, options.SiloName, cancellation))
                {
                    await SiloNameLock.BuryFormer(connection, options.Cluster.Id, options.SiloName, cancellation);
                    return new(options, connectionString, connection);
                }

                var bearer = await SiloNameLock.Bearer(connection, options.Cluster.Id, options.SiloName, cancellation);
                await connection.DisposeAsync();
                if (time.GetElapsedTime(began) > Patience)
                    throw new RefusedException(Taken(options, bearer));
                await Task.Delay(RetryPeriod, time, cancellation);
            }
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            throw new RefusedException(Unusable(exception), exception);
        }
    }

    /// <summary>Sees that the name is still this process's, and takes it again after the database was away.</summary>
    /// <returns>False: another process has it.</returns>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    internal async Task<bool> Keep(CancellationToken cancellation)
    {
        try
        {
            await _connection.Run("SELECT 1", cancellation);
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException or TimeoutException)
        {
            await _connection.DisposeAsync();
            _connection = await Open(ConnectionString, cancellation);
            return await SiloNameLock.TryTake(_connection, _options.Cluster.Id, _options.SiloName, cancellation);
        }
    }

    /// <summary>Waits until no other member of the cluster does what is named, and keeps them from it until disposed of.</summary>
    internal async Task<IAsyncDisposable> Alone(string what, CancellationToken cancellation)
    {
        var connection = await Open(ConnectionString, cancellation);
        await connection.RunPatiently("SELECT pg_advisory_lock(hashtextextended($1, 0))", cancellation, $"aifactory/{_options.Cluster.Id}//{what}");
        return connection;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task<NpgsqlConnection> Open(string connectionString, CancellationToken cancellation)
    {
        // A session of its own: one from the pool would go back there with the lock. A peer that vanished without a word is noticed in about 10 s.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ToString());
        try
        {
            await connection.OpenAsync(cancellation);
            await connection.Run("SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3", cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static Refusal Taken(FactoryOptions options, string? bearer) => new("silo-name-taken", RefusalKind.Conflict,
        $"The cluster '{options.Cluster.Id}' has a live member '{options.SiloName}' already{(bearer is null ? "" : $", at {bearer}")}.", "AiFactory:SiloName",
        "Give this one another name with --silo-name, or stop the other one first.");

    private static Refusal Unusable(Exception cause) => new("cluster-database-unusable", RefusalKind.Unavailable,
        $"The cluster's database cannot be used: {cause.Message}{(cause.InnerException is { } inner ? $" {inner.Message}" : "")}", "AiFactory:Cluster:Database",
        "Check host, port, user, password and database of the connection string, and that PostgreSQL runs; the user must be allowed to create tables.");
}
