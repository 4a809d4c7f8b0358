using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Decisions;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Serialization;
using AiFactory.Grains.Tests.Doubles;
using AiFactory.Grains.Training;
using AiFactory.Grains.Workers;
using AiFactory.Grains.Workers.Placement;
using AiFactory.Hosting.Cluster;
using AiFactory.Hosting.Storage;
using AiFactory.Hosting.Sweeping;
using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Objects;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.TestingHost;

namespace AiFactory.Grains.Tests.Cluster;

/// <summary>Two silos and a client, each with a decision log, with the product's grains and grain storage, on scripted tables and workers.</summary>
public sealed class FactoryCluster : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aifactory-grains-").FullName;
    private InProcessTestCluster? _cluster;

    /// <summary>Name of the client's log.</summary>
    internal const string ClientLog = "gateway-1";

    internal InProcessTestCluster Cluster => _cluster!;

    internal IGrainFactory Grains => Cluster.Client;

    internal ScriptedTables Tables { get; } = new();

    internal MemoryObjects Objects { get; } = new();

    internal WorkerScript Workers { get; } = new();

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((options, silo) =>
        {
            silo.AddEmbeddedStateStore(Path.Combine(_folder, "orleans.db"));
            silo.TuneMembership();
            silo.UseScriptedWorkers();
            AddServices(silo.Services);
            silo.Services.AddOwningSiloPlacement().AddProcessLog(_folder, options.SiloName, LogKind.Silo);
        });
        builder.ConfigureClient(client =>
        {
            client.Services.AddDomainSerialization().AddProcessLog(_folder, ClientLog, LogKind.Client);
            client.Services.AddSingleton<IObjectStore>(Objects);
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The log of a silo that is up.</summary>
    internal IDecisionLog LogOf(InProcessSiloHandle silo) => Cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<IDecisionLog>();

    internal IDecisionLog ClientsLog => Cluster.Client.ServiceProvider.GetRequiredService<IDecisionLog>();

    /// <summary>Waits until every process has entered its log.</summary>
    internal Task AllLogsKnown() => Condition.Until(Grains.GetGrain<ILogCatalogGrain>(ILogCatalogGrain.Key).List, logs => logs.Count == Cluster.Silos.Count + 1);

    /// <summary>Waits until the activation is gone, so that the next call reads from storage.</summary>
    internal Task Deactivate(IAddressable grain) => Cluster.DeactivateAsync(grain);

    /// <summary>The silo that holds the grain's activation dies without a word.</summary>
    internal async Task KillOwner(IAddressable grain)
    {
        var address = await Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain);
        await Cluster.KillSiloAsync(Cluster.Silos.Single(silo => silo.SiloAddress.Equals(address)));
    }

    private void AddServices(IServiceCollection services)
    {
        services.AddControlGrains();
        services.AddSingleton<IDatasetTables>(Tables);
        services.AddSingleton<IObjectStore>(Objects);
        services.AddSingleton(Workers);
        services.AddSingleton(new TrainerCatalog([new TrainerDescription("scripted", Shards: true, DefaultEpochs: 3, new Dictionary<string, double>())]));
        services.Configure<TrainingRunOptions>(options => options.WatchPeriod = TimeSpan.FromMilliseconds(100));
        services.Configure<EndpointOptions>(options => options.ReleaseAfter = TimeSpan.FromMilliseconds(100));
        services.Configure<SweepOptions>(options => options.Period = TimeSpan.FromMilliseconds(200));
        services.AddHostedService<PendingWorkSweep>();
        services.AddHostedService<TestHeartbeat>();
    }
}

/// <summary>Says that two workers are there, as the silo that owns them would; they answer wherever they are placed.</summary>
internal sealed class TestHeartbeat(IGrainFactory grains, IHostApplicationLifetime lifetime) : BackgroundService
{
    public const string SiloName = "bench";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        do
        {
            try
            {
                await grains.GetGrain<IWorkerPoolGrain>(WorkerPool.Default)
                    .Heartbeat(SiloName, new[] { new Device("cpu-0", DeviceKind.Cpu, "cpu-slot"), new Device("cpu-1", DeviceKind.Cpu, "cpu-slot") });
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                continue;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}

[CollectionDefinition(Name)]
public sealed class FactoryClusterDefinition : ICollectionFixture<FactoryCluster>
{
    public const string Name = "factory cluster";
}
