using System.Globalization;
using System.Text;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Models;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Training;
using AiFactory.Grains.Serialization;
using AiFactory.Grains.Workers.Tests.Doubles;
using AiFactory.Lakehouse;
using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Objects;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace AiFactory.Grains.Workers.Tests.Cluster;

/// <summary>Two silos with the product's workers on one lakehouse, a small engine and trainer, and grains that only keep what workers tell them.</summary>
public sealed class WorkerCluster : IAsyncLifetime
{
    /// <summary>Of each device; two artefacts of 100 float32 fit, three do not.</summary>
    internal const long LoadedModelBytesMax = 1_000;

    /// <summary>What both silos' device of this name is.</summary>
    internal const string SharedIdentity = "GPU-shared";

    internal const string SharedDevice = "shared-0";

    private static readonly Device[] Devices =
    [
        .. Enumerable.Range(0, 4).Select(slot => new Device($"cpu-{slot}", DeviceKind.Cpu, "cpu-slot")),
        new(SharedDevice, DeviceKind.Cpu, "cpu-slot", Identity: SharedIdentity),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("aifactory-workers-").FullName;
    private readonly ModelShelf _shelf = new();
    private InProcessTestCluster? _cluster;
    private InProcessSiloHandle[] _silos = [];
    private int _models;

    internal InProcessTestCluster Cluster => _cluster!;

    internal BasisEngine Engine { get; } = new();

    internal BasisTrainer Trainer { get; } = new();

    internal PinShelf Pins { get; } = new();

    internal RunReports Runs { get; } = new();

    internal HeardSilos Heard { get; } = new();

    internal ClaimShelf Claims { get; } = new();

    internal ScriptedSensor Sensor { get; } = new();

    internal RecordedDeviceTime DeviceTime { get; } = new();

    internal DatasetVersion Dataset { get; private set; } = null!;

    internal IObjectStore Objects => _silos[0].ServiceProvider.GetRequiredService<IObjectStore>();

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) =>
        {
            // As the product does, so that the cluster notices a dead silo in about a second.
            silo.Configure<ClusterMembershipOptions>(membership =>
            {
                membership.ProbeTimeout = TimeSpan.FromSeconds(1);
                membership.NumMissedProbesLimit = 2;
                membership.NumVotesForDeathDeclaration = 1;
            });
            AddServices(silo.Services);
        });
        builder.ConfigureClient(client => client.Services.AddDomainSerialization());
        _cluster = builder.Build();
        await _cluster.DeployAsync();
        _silos = [.. _cluster.Silos];
        Dataset = await Ingest();
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    internal InProcessSiloHandle Silo(int silo) => _silos[silo];

    internal WorkerKey Key(int silo, int device) => new(_silos[silo].Name, $"cpu-{device}");

    /// <summary>A worker as it is called from a silo.</summary>
    internal IWorkerGrain Worker(WorkerKey key, int fromSilo) =>
        _silos[fromSilo].ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<IWorkerGrain>(key.ToGrainKey());

    /// <summary>Keeps an artefact with these weights and makes it a model version.</summary>
    internal async Task<ModelVersion> AddModel(float[] weights)
    {
        using var bytes = new MemoryStream(BasisModel.Artifact(weights));
        var content = await Objects.PutContent(bytes, TestContext.Current.CancellationToken);
        return AddModel(content.Sha256, content.SizeBytes);
    }

    internal ModelVersion AddModel(string sha256, long bytes)
    {
        var version = new ModelVersion($"model-{Interlocked.Increment(ref _models)}", 1, sha256, bytes, BasisModel.Signature, null,
            new ModelOrigin(null, null, "model.bin", "test"), "basis", new Dictionary<string, string>(), null, new GateReport(true, []), DateTimeOffset.UnixEpoch);
        _shelf.Versions[KeyOf(version).ToGrainKey()] = version;
        return version;
    }

    internal static ModelVersionKey KeyOf(ModelVersion version) => new("default", version.Model, version.Version);

    /// <summary>A rank's part of a run on these workers.</summary>
    internal ShardAssignment Assignment(TrainingRunKey run, IReadOnlyList<WorkerKey> ring, int rank, int mark, int epochs) => new(
        run, 1,
        new TrainingSpec("model", new DatasetVersionKey("default", Dataset.Dataset, Dataset.Version), "label", "basis", Shards: ring.Count, Epochs: epochs,
            Hyperparameters: new Dictionary<string, double> { [BasisTrainer.Mark] = mark }),
        Dataset, rank, ring, 0);

    private async Task<DatasetVersion> Ingest()
    {
        var csv = new StringBuilder("id,x,label\n");
        for (var row = 0; row < 200; row++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{row},{Math.Sin(row) * 3:F4},{(Math.Sin(row) + Math.Cos(row * 7) > 0 ? "yes" : "no")}\n");
        }

        var cancellation = TestContext.Current.CancellationToken;
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(csv.ToString()));
        var content = await Objects.PutContent(bytes, cancellation);
        var contract = new DataContract("points", "1.0.0",
        [
            new("id", ColumnType.Integer, Required: true, Unique: true),
            new(BasisModel.Input, ColumnType.Number),
            new("label", ColumnType.String, Required: true),
        ]);
        var plan = new IngestionPlan(new DatasetKey("default", "points"), "i-1", new SourceFile("points.csv", content.Sha256, content.SizeBytes),
            contract, null, DateTimeOffset.UnixEpoch);
        return await _silos[0].ServiceProvider.GetRequiredService<IDatasetTables>().Ingest(plan, null, cancellation);
    }

    private void AddServices(IServiceCollection services)
    {
        services.AddDomainSerialization();
        services.AddLakehouse(_folder);
        services.AddSingleton<IInferenceEngine>(Engine);
        services.AddSingleton<ITrainer>(Trainer);
        services.AddSingleton<IDeviceTimeSink>(DeviceTime);
        services.AddSingleton(_shelf);
        services.AddSingleton(Pins);
        services.AddSingleton(Runs);
        services.AddSingleton(Heard);
        services.AddSingleton(Claims);
        services.AddSingleton<IDeviceSensor>(Sensor);
        services.AddWorkers(options =>
        {
            options.Devices = Devices;
            options.LoadedModelBytesMax = LoadedModelBytesMax;
            options.HeartbeatPeriod = TimeSpan.FromMilliseconds(200);
            options.DeviceTimePeriod = TimeSpan.FromMilliseconds(100);
        });
    }
}

[CollectionDefinition(Name)]
public sealed class WorkerClusterDefinition : ICollectionFixture<WorkerCluster>
{
    public const string Name = "worker cluster";
}
