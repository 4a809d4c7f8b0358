using AiFactory.Grains.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace AiFactory.Hosting.Storage.Postgres;

/// <summary>Grain state in the cluster's PostgreSQL, through Orleans' own ADO.NET storage. A write is acknowledged once PostgreSQL has committed it.</summary>
internal static class PostgresStateStore
{
    /// <summary>Orleans knows PostgreSQL by this name.</summary>
    public const string Invariant = "Npgsql";

    private const string DatabaseStore = $"{StateStore.Name}-database";

    /// <summary>Makes a database whose schema is there the storage that all grains name.</summary>
    public static ISiloBuilder AddPostgresStateStore(this ISiloBuilder silo, string connectionString)
    {
        silo.Services.AddKeyedSingleton<IGrainStorage>(StateStore.Name, static (services, _) =>
            new PostgresFaults(services.GetRequiredKeyedService<IGrainStorage>(DatabaseStore), services.GetRequiredService<IGrainContextAccessor>()));
        return silo.AddAdoNetGrainStorage(DatabaseStore, options =>
        {
            options.Invariant = Invariant;
            options.ConnectionString = connectionString;
            options.GrainStorageSerializer = FactoryJsonStorageSerializer.Instance;
        });
    }
}
