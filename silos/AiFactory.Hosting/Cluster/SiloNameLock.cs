using AiFactory.Hosting.Storage.Postgres;
using Npgsql;

namespace AiFactory.Hosting.Cluster;

/// <summary>What the database knows of a silo's name.</summary>
internal static class SiloNameLock
{
    /// <summary>Takes the name for the connection's session.</summary>
    /// <returns>False: another session has it.</returns>
    public static Task<bool> TryTake(NpgsqlConnection connection, string cluster, string silo, CancellationToken cancellation) =>
        connection.Scalar<bool>("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", cancellation, $"aifactory/{cluster}/{silo}");

    /// <summary>Declares dead whoever bore the name before: only the session that holds the name may do so. Other silos hear of it when the new one joins.</summary>
    public static Task BuryFormer(NpgsqlConnection connection, string cluster, string silo, CancellationToken cancellation) => connection.Run(
        """
        WITH stepped AS (
            UPDATE OrleansMembershipVersionTable SET Timestamp = now(), Version = Version + 1
            WHERE DeploymentId = $1 AND EXISTS (SELECT 1 FROM OrleansMembershipTable WHERE DeploymentId = $1 AND SiloName = $2 AND Status <> 6)
            RETURNING DeploymentId)
        UPDATE OrleansMembershipTable AS silo SET Status = 6 FROM stepped
        WHERE silo.DeploymentId = stepped.DeploymentId AND silo.SiloName = $2 AND silo.Status <> 6
        """, cancellation, cluster, silo);

    /// <summary>Where the live bearer of the name listens; null: it is not listed, as a client or one that has just begun.</summary>
    public static Task<string?> Bearer(NpgsqlConnection connection, string cluster, string silo, CancellationToken cancellation) => connection.Scalar<string>(
        "SELECT Address || ':' || Port FROM OrleansMembershipTable WHERE DeploymentId = $1 AND SiloName = $2 AND Status <> 6 ORDER BY Generation DESC LIMIT 1",
        cancellation, cluster, silo);
}
