using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Serialization;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Grains;
using AiFactory.Grains.Models;
using AiFactory.Grains.Serialization;
using AiFactory.Grains.Storage;
using AiFactory.Grains.Workers;
using AiFactory.Lakehouse;
using AiFactory.Lakehouse.Objects;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace AiFactory.Gateway.Serving;

/// <summary>Two silos with the product's grains and workers, one device each, whose engine does what the test says; and gateways before them.</summary>
public sealed class ServingCluster : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aifactory-serving-").FullName;
    private readonly List<ServingGateway> _gateways = [];
    private InProcessTestCluster? _cluster;
    private int _endpoints;

    internal ScriptedEngine Engine { get; } = new();

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((options, silo) =>
        {
            silo.AddMemoryGrainStorage(StateStore.Name);
            silo.Services
                .AddLakehouse(_folder)
                .AddControlGrains()
                .AddSingleton<IInferenceEngine>(Engine)
                .AddSingleton<IDeviceTimeSink, NoDeviceTime>()
                .AddWorkers(workers =>
                {
                    // Each row runs alone, and classes keep their order however long the machine stalls.
                    workers.Devices = [new(Device(options.SiloName), DeviceKind.Cpu, "cpu-slot")];
                    workers.Batching = new(BatchRowsMax: 1, AgingMs: 1e9, TunedRowsMax: 1, HoldMicrosecondsMax: 0);
                    workers.HeartbeatPeriod = TimeSpan.FromMilliseconds(200);
                });
        });
        builder.ConfigureClient(client => client.Services.AddDomainSerialization());
        _cluster = builder.Build();
        await _cluster.DeployAsync();
        foreach (var silo in _cluster.Silos)
        {
            _gateways.Add(await ServingGateway.Start(silo.ServiceProvider, TimeProvider.System));
        }
    }

    public async ValueTask DisposeAsync()
    {
        Engine.Open();
        foreach (var gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Engine.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Deploys a model of its own, whose first replica is beside the gateway given.</summary>
    internal async Task<ServedByCluster> Deploy(ServingTerms serving, TimeProvider? time = null)
    {
        Engine.Reset();
        var cancellation = TestContext.Current.CancellationToken;
        var name = $"e{Interlocked.Increment(ref _endpoints)}";
        var services = _cluster!.Silos[0].ServiceProvider;
        using var bytes = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(name));
        var artifact = await services.GetRequiredService<IObjectStore>().PutContent(bytes, cancellation);
        await _cluster.Client.GetGrain<IModelGrain>(new ModelKey("default", name).ToGrainKey()).Register(new(
            name, artifact.Sha256, artifact.SizeBytes, ScriptedEngine.Signature, null, new ModelOrigin(null, null, null, "test"), "onnx", new Dictionary<string, string>(), null, ["It ran."]));
        await Workers(2);
        var spec = new EndpointSpec([new("only", new("default", name, 1), 100)], Serving: serving with { Replicas = new(1, 1) });
        (await _gateways[0].Client.PutAsync(new Uri($"/v1/endpoints/{name}", UriKind.Relative),
            new StringContent(System.Text.Json.JsonSerializer.Serialize(spec, FactoryJson.Options), System.Text.Encoding.UTF8, "application/json"), cancellation)).EnsureSuccessStatusCode();
        var first = await _gateways[0].Follow(name, replicas: 2);
        var at = _cluster.Silos.ToList().FindIndex(silo => silo.Name == first.SiloName);
        var gateway = time is null ? _gateways[at] : await ServingGateway.Start(_cluster.Silos[at].ServiceProvider, time);
        await gateway.Follow(name, replicas: 2);
        return new(name, gateway, first, _cluster.Client.GetGrain<IWorkerGrain>(first.ToGrainKey()), time is not null);
    }

    private static string Device(string siloName) => $"cpu-of-{siloName}";

    private Task Workers(int count) => Condition.Until(async () => (await _cluster!.Client.GetGrain<IWorkerPoolGrain>("default").List()).Count == count);

    private sealed class NoDeviceTime : IDeviceTimeSink
    {
        public void Append(DeviceTimeRecord record)
        {
        }
    }
}

/// <summary>An endpoint in service.</summary>
/// <param name="First">The replica that answers unless something is wrong with it; beside the gateway.</param>
internal sealed record ServedByCluster(string Name, ServingGateway Gateway, WorkerKey First, IWorkerGrain Worker, bool OwnsGateway) : IAsyncDisposable
{
    /// <summary>Sends one number.</summary>
    public Task<Fakes.Answer> Infer(float x, string parameters = "{}", CancellationToken? cancellation = null) =>
        Gateway.Infer(Name, x, parameters, cancellation ?? TestContext.Current.CancellationToken);

    /// <summary>Waits until so many rows wait for the first replica's device.</summary>
    public Task Waiting(int rows) => Condition.Until(async () => (await Worker.Describe()).WaitingRows == rows);

    public ValueTask DisposeAsync() => OwnsGateway ? Gateway.DisposeAsync() : ValueTask.CompletedTask;
}

[CollectionDefinition(Name)]
public sealed class ServingClusterDefinition : ICollectionFixture<ServingCluster>
{
    public const string Name = "serving cluster";
}
