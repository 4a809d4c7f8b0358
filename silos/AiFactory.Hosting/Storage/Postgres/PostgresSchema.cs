using System.Data;
using System.Globalization;
using System.Text.RegularExpressions;
using AiFactory.Domain.Refusals;
using Npgsql;

namespace AiFactory.Hosting.Storage.Postgres;

/// <summary>One step of the schema: all of it or nothing, and of no effect where it is there already.</summary>
/// <param name="Version">Steps are numbered from 1 without a gap.</param>
/// <param name="ReadableFrom">The oldest version of the schema whose silos can go on beside this one.</param>
internal sealed record SchemaStep(int Version, string Name, int ReadableFrom, string Sql);

/// <summary>
/// The tables that a cluster shares. Every silo brings the schema to its own version at start, one silo at a time; steps only add, so that
/// silos of an earlier version go on meanwhile.
/// </summary>
internal static partial class PostgresSchema
{
    /// <summary>Guards the schema of a whole database: any number that nobody else takes.</summary>
    private const long AdvisoryLock = 0x41_69_46_61_63_74_6f_72;

    private const string Resources = "AiFactory.Hosting.Storage.Postgres.";

    /// <summary>All steps of this version of the product, in order.</summary>
    public static IReadOnlyList<SchemaStep> Steps { get; } = [.. Read()];

    /// <summary>Applies the steps that the database lacks.</summary>
    /// <returns>The versions applied now; empty when it had them all.</returns>
    /// <exception cref="RefusedException"><c>schema-newer</c>: silos of this version must not use the database any more.</exception>
    public static async Task<IReadOnlyList<int>> Apply(string connectionString, IReadOnlyList<SchemaStep> steps, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellation);
        if (await IsComplete(connection, steps, cancellation))
        {
            return []; // Most often so: then a thousand silos that start at once need not wait for each other.
        }

        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellation);
        // Let go of with the transaction, whatever becomes of this process. Others wait here, and then find nothing left to do.
        await connection.RunPatiently($"SELECT pg_advisory_xact_lock({AdvisoryLock.ToString(CultureInfo.InvariantCulture)})", cancellation);
        await connection.Run(
            """
            CREATE TABLE IF NOT EXISTS AiFactorySchema
            (
                Version      integer     NOT NULL PRIMARY KEY,
                Name         text        NOT NULL,
                ReadableFrom integer     NOT NULL,
                AppliedAt    timestamptz NOT NULL DEFAULT now()
            )
            """, cancellation);
        var present = await Present(connection, cancellation);
        Check(present, steps);
        var missing = steps.Where(step => !present.ContainsKey(step.Version)).ToArray();
        foreach (var step in missing)
        {
            await connection.Run(step.Sql, cancellation);
            await connection.Run("INSERT INTO AiFactorySchema (Version, Name, ReadableFrom) VALUES ($1, $2, $3)", cancellation, step.Version, step.Name, step.ReadableFrom);
        }

        await transaction.CommitAsync(cancellation);
        return [.. missing.Select(step => step.Version)];
    }

    private static async Task<bool> IsComplete(NpgsqlConnection connection, IReadOnlyList<SchemaStep> steps, CancellationToken cancellation)
    {
        if (!await connection.Scalar<bool>("SELECT to_regclass('aifactoryschema') IS NOT NULL", cancellation))
        {
            return false;
        }

        var present = await Present(connection, cancellation);
        Check(present, steps);
        return steps.All(step => present.ContainsKey(step.Version));
    }

    private static void Check(Dictionary<int, int> present, IReadOnlyList<SchemaStep> steps)
    {
        var known = steps.Count == 0 ? 0 : steps.Max(step => step.Version);
        var needed = present.Where(step => step.Key > known && step.Value > known).Select(step => (int?)step.Value).Max();
        if (needed is not null)
        {
            throw new RefusedException(new("schema-newer", RefusalKind.Conflict,
                $"The database has the schema {present.Keys.Max()}, which silos with schema {needed} or later can use; this silo has {known}.", "AiFactory:Cluster:Database",
                "Start a newer version of this program, or name the database of another cluster with --cluster-database."));
        }
    }

    private static async Task<Dictionary<int, int>> Present(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var present = new Dictionary<int, int>();
        await using var command = new NpgsqlCommand("SELECT Version, ReadableFrom FROM AiFactorySchema", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            present.Add(reader.GetInt32(0), reader.GetInt32(1));
        }

        return present;
    }

    private static IEnumerable<SchemaStep> Read()
    {
        var assembly = typeof(PostgresSchema).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Resources, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var text = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var sql = text.ReadToEnd();
            var name = resource[Resources.Length..^".sql".Length];
            var version = int.Parse(name.AsSpan(0, name.IndexOf('-', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
            yield return new(version, name, int.Parse(ReadableFrom().Match(sql).Groups[1].ValueSpan, CultureInfo.InvariantCulture), sql);
        }
    }

    [GeneratedRegex(@"^-- readable-from: (\d+)\s")]
    private static partial Regex ReadableFrom();
}
