using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AiFactory.Hosting.Cluster;
using AiFactory.Hosting.Options;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiFactory.Benchmarks.Scale;

/// <summary>
/// Many silos in this one process, members of a cluster on PostgreSQL as the product composes them but without anything to do: how long until each knows all, and
/// what the database has to do for it then and in peace, as a share of what it can do.
/// </summary>
internal static class MembershipBenchmark
{
    public const string Usage = "membership [SILOS]   (50; start-up time and traffic on the membership table)";

    private const int CalmSeconds = 30, CapacitySeconds = 3;

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var count = int.Parse(arguments.ElementAtOrDefault(0) ?? "50", CultureInfo.InvariantCulture);
        await using var cluster = await MeasuredCluster.Start(1, cancellation);
        await cluster.Grow(1, cancellation);
        var database = DatabaseOf(cluster.Folder);
        // The silo came only with the database.
        cluster.Silos[0].Process.Kill();
        await cluster.Silos[0].Process.WaitForExitAsync(cancellation);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(cancellation);
        var silos = new List<Member>();
        try
        {
            var (before, watch) = (await Traffic.Read(connection, cancellation), Stopwatch.StartNew());
            silos.Add(await Member.Start(1, database, cancellation));
            silos.AddRange(await Task.WhenAll(Enumerable.Range(2, count - 1).Select(number => Member.Start(number, database, cancellation))));
            var started = watch.Elapsed;
            await Known(silos, count, cancellation);
            var (known, joined) = (watch.Elapsed, await Traffic.Read(connection, cancellation) - before);

            before = await Traffic.Read(connection, cancellation);
            using (var calm = new PeriodicTimer(TimeSpan.FromSeconds(CalmSeconds)))
            {
                await calm.WaitForNextTickAsync(cancellation);
            }

            var peace = await Traffic.Read(connection, cancellation) - before;
            var capacity = await Capacity(connection, cancellation);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                {count} silos in one process on {Environment.ProcessorCount} cores, PostgreSQL beside them
                  all started after {started.TotalSeconds:F1} s, each knows all after {known.TotalSeconds:F1} s
                  joining: {joined.Transactions / count:F0} transactions and {joined.RowsWritten / count:F0} rows written a silo, {joined.RowsRead / count:F0} rows of the table read
                  in peace: {peace.Transactions / CalmSeconds:F1} transactions/s, {peace.RowsWritten / CalmSeconds:F1} rows written/s, {peace.RowsRead / CalmSeconds:F0} rows read/s
                  one connection's pace of such writes here: {capacity:F0}/s; peace takes x{peace.Transactions / CalmSeconds / capacity:F4} of that
                """));
            return 0;
        }
        finally
        {
            await Task.WhenAll(silos.Select(silo => silo.DisposeAsync().AsTask()));
        }
    }

    private static async Task Known(List<Member> silos, int count, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (silos.Any(silo => silo.Active < count))
        {
            await timer.WaitForNextTickAsync(cancellation);
        }
    }

    // Writes as a silo's sign of life is one: one row, committed.
    private static async Task<double> Capacity(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var (watch, writes) = (Stopwatch.StartNew(), 0);
        await using var write = new NpgsqlCommand("UPDATE OrleansMembershipVersionTable SET Timestamp = now() WHERE DeploymentId = 'membership-bench'", connection);
        while (watch.Elapsed.TotalSeconds < CapacitySeconds)
        {
            writes += await write.ExecuteNonQueryAsync(cancellation);
        }

        return writes / watch.Elapsed.TotalSeconds;
    }

    private static string DatabaseOf(string folder)
    {
        var file = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(folder, "cluster.json")));
        return $"Host=127.0.0.1;Port={file.GetProperty("databasePort").GetInt32()};Database=postgres;Username=aifactory;Password={file.GetProperty("databasePassword").GetString()}";
    }

    /// <summary>A silo with nothing but its membership.</summary>
    private sealed class Member(IHost host, SiloSeat seat) : IAsyncDisposable
    {
        public int Active => host.Services.GetRequiredService<ISiloStatusOracle>().GetApproximateSiloStatuses(onlyActive: true).Count;

        public static async Task<Member> Start(int number, string database, CancellationToken cancellation)
        {
            var options = new FactoryOptions { SiloName = $"member-{number}" };
            (options.Cluster.Id, options.Cluster.Database, options.Cluster.Address, options.Cluster.SiloPort, options.Cluster.GatewayPort) = ("membership-bench", database, "127.0.0.1", 0, 0);
            var seat = await SiloSeat.Take(options, TimeProvider.System, cancellation);
            var builder = Host.CreateApplicationBuilder();
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton(seat).AddSingleton(TimeProvider.System);
            builder.UseOrleans(silo => silo.UsePostgresCluster(options, seat.ConnectionString).TuneMembership());
            var host = builder.Build();
            await host.StartAsync(cancellation);
            return new(host, seat);
        }

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync(CancellationToken.None);
            host.Dispose();
            await seat.DisposeAsync();
        }
    }

    /// <summary>What the database counted so far.</summary>
    private readonly record struct Traffic(double Transactions, double RowsWritten, double RowsRead)
    {
        public static async Task<Traffic> Read(NpgsqlConnection connection, CancellationToken cancellation)
        {
            await using var read = new NpgsqlCommand(
                """
                SELECT (SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database WHERE datname = current_database())::double precision,
                       (SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables WHERE relname LIKE 'orleansmembership%')::double precision,
                       (SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables WHERE relname = 'orleansmembershiptable')::double precision
                """, connection);
            await using var row = await read.ExecuteReaderAsync(cancellation);
            await row.ReadAsync(cancellation);
            return new(row.GetDouble(0), row.GetDouble(1), row.GetDouble(2));
        }

        public static Traffic operator -(Traffic after, Traffic before) =>
            new(after.Transactions - before.Transactions, after.RowsWritten - before.RowsWritten, after.RowsRead - before.RowsRead);
    }
}
