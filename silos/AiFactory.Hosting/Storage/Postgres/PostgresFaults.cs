using System.Net.Sockets;
using AiFactory.Domain.Refusals;
using Npgsql;
using Orleans.Storage;

namespace AiFactory.Hosting.Storage.Postgres;

/// <summary>
/// Says plainly that the cluster's database has no room or is out of reach. A read that met a connection from before a restart of the database is
/// tried once more on a new one. A write is not, because nobody knows whether it took place: the grain leaves memory, so that its next call begins
/// with what the database has, and the caller asks again.
/// </summary>
/// <param name="running">Knows the grain whose turn it is.</param>
internal sealed class PostgresFaults(IGrainStorage inner, IGrainContextAccessor running) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        try
        {
            await inner.ReadStateAsync(stateName, grainId, grainState);
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            NpgsqlConnection.ClearAllPools();
            await Named(inner.ReadStateAsync(stateName, grainId, grainState), unchanged: true);
        }
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Written(inner.WriteStateAsync(stateName, grainId, grainState), running.GrainContext);

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Written(inner.ClearStateAsync(stateName, grainId, grainState), running.GrainContext);

    /// <summary>What a user is told of a failure of the database; null where it is none of these.</summary>
    /// <param name="unchanged">Whether nothing can have been changed.</param>
    public static Refusal? NameOf(Exception exception, bool unchanged) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => new("state-store-full", RefusalKind.StorageFull,
            "The disk of the database that keeps the factory's state is full; nothing was changed.", "AiFactory:Cluster:Database", "Make room on it, then try again."),
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => new("state-store-unavailable", RefusalKind.Unavailable,
            "The database that keeps the factory's state has no connection left; nothing was changed.", "AiFactory:Cluster:Database",
            "Try again; raise max_connections of PostgreSQL, or lower 'Maximum Pool Size' in the connection string, if it stays so."),
        _ when IsUnavailable(exception) => new("state-store-unavailable", RefusalKind.Unavailable,
            unchanged ? "The database that keeps the factory's state cannot be reached." : "The database that keeps the factory's state was lost sight of before it confirmed the change.",
            "AiFactory:Cluster:Database", "Try again in a few seconds; see that PostgreSQL runs if it stays so."),
        _ => null,
    };

    /// <summary>Whether the database went away, or was never there, as opposed to having said no.</summary>
    public static bool IsUnavailable(Exception exception) => exception switch
    {
        PostgresException fault => fault.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.TooManyConnections || fault.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException { InnerException: SocketException or IOException or TimeoutException } or TimeoutException or SocketException => true,
        NpgsqlException fault => fault.IsTransient,
        _ => false,
    };

    private static async Task Written(Task writing, IGrainContext? grain)
    {
        try
        {
            await Named(writing, unchanged: false);
        }
        catch (RefusedException exception) when (exception.InnerException is { } cause && IsUnavailable(cause))
        {
            NpgsqlConnection.ClearAllPools();
            grain?.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, cause, "The database did not say whether it took the grain's state."));
            throw;
        }
    }

    private static async Task Named(Task work, bool unchanged)
    {
        try
        {
            await work;
        }
        catch (Exception exception) when (NameOf(exception, unchanged) is { } refusal)
        {
            throw new RefusedException(refusal, exception);
        }
    }
}
