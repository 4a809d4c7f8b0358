using System.Data.Common;
using System.Globalization;
using AiFactory.Grains.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace AiFactory.Hosting.Storage;

/// <summary>
/// Grain state in one SQLite file, through Orleans' own ADO.NET storage. The journal is a write-ahead log and every commit is on the disk
/// before a grain goes on (<c>synchronous = FULL</c>): control state is written seldom and acknowledged for good, power loss included.
/// </summary>
internal static class EmbeddedStateStore
{
    // Orleans knows SQLite by this name; the provider behind it is Microsoft's.
    private const string Invariant = "System.Data.SQLite";
    private const string ScriptResource = "AiFactory.Hosting.Storage.Sqlite.state.sql";
    private const string DatabaseStore = $"{StateStore.Name}-database";
    private const long SynchronousFull = 2;

    /// <summary>How long a writer waits for another one, in seconds.</summary>
    private const int BusyTimeoutSeconds = 20;

    /// <summary>Creates or completes the database, and makes it the storage that all grains name.</summary>
    public static ISiloBuilder AddEmbeddedStateStore(this ISiloBuilder silo, string databaseFile)
    {
        var connectionString = Prepare(databaseFile);
        DbProviderFactories.RegisterFactory(Invariant, SqliteFactory.Instance);
        silo.Services.AddKeyedSingleton<IGrainStorage>(StateStore.Name, static (services, _) => new FullDiskStorage(services.GetRequiredKeyedService<IGrainStorage>(DatabaseStore)));
        return silo.AddAdoNetGrainStorage(DatabaseStore, options =>
        {
            options.Invariant = Invariant;
            options.ConnectionString = connectionString;
            options.GrainStorageSerializer = FactoryJsonStorageSerializer.Instance;
        });
    }

    /// <summary>Creates or completes the database.</summary>
    /// <returns>The connection string.</returns>
    public static string Prepare(string databaseFile)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(databaseFile))!);
        var connectionString = new SqliteConnectionStringBuilder { DataSource = databaseFile, DefaultTimeout = BusyTimeoutSeconds }.ToString();
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        Run(connection, "PRAGMA journal_mode = WAL;");
        if (Convert.ToInt64(Scalar(connection, "PRAGMA synchronous;"), CultureInfo.InvariantCulture) < SynchronousFull)
            throw new InvalidOperationException("This build of SQLite does not wait for the disk by default; grain state would not survive loss of power.");
        using var script = new StreamReader(typeof(EmbeddedStateStore).Assembly.GetManifestResourceStream(ScriptResource)!);
        Run(connection, $"BEGIN IMMEDIATE; {script.ReadToEnd()} COMMIT;");
        return connectionString;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants of this assembly.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
