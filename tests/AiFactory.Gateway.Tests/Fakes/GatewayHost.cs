using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AiFactory.DecisionLog;
using AiFactory.DecisionLog.Shipping;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Idempotency;
using AiFactory.Gateway.Routing;
using AiFactory.Grains.Datasets;
using AiFactory.Grains.Decisions;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Experiments;
using AiFactory.Grains.Finance;
using AiFactory.Grains.Idempotency;
using AiFactory.Grains.Models;
using AiFactory.Grains.Rollouts;
using AiFactory.Grains.Tenants;
using AiFactory.Grains.Training;
using AiFactory.Grains.Workers;
using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AiFactory.Gateway.Fakes;

/// <summary>A gateway on a test server, over fakes of everything behind it.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayHost(WebApplication app) => (_app, Client) = (app, app.GetTestClient());

    public HttpClient Client { get; }

    public required FakeGrains Grains { get; init; }

    public required MemoryLog Log { get; init; }

    public required MemoryObjects Objects { get; init; }

    public required FakeTables Tables { get; init; }

    public IServiceProvider Services => _app.Services;

    public TestServer TestServer => _app.GetTestServer();

    public FakeKeyedCalls Keyed(string key) => (FakeKeyedCalls)Grains.GetGrain<IKeyedCallsGrain>(KeyedCallsKey.Of("default", key).ToGrainKey());

    public FakeDirectory Directory => (FakeDirectory)Grains.GetGrain<IApiKeyDirectoryGrain>("all");

    /// <param name="beside">A gateway of the same factory; null: this one is alone.</param>
    public static async Task<GatewayHost> Start(Action<GatewayOptions>? configure = null, GatewayHost? beside = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        var (grains, log, objects, tables) = (beside?.Grains ?? Register(new FakeGrains()), new MemoryLog(beside is null ? "silo-1" : "silo-2"), beside?.Objects ?? new MemoryObjects(), new FakeTables());
        if (beside is null)
        {
            grains.Add<IDecisionLogGrain>(key => new FakeLogGrain(key, log));
            grains.Add<ILogCatalogGrain>(_ => new FakeLogCatalog());
        }

        builder.Services.AddSingleton<IGrainFactory>(grains);
        builder.Services.AddSingleton<IDecisionLog>(log);
        builder.Services.AddSingleton<IShippedLogs>(new FakeShippedLogs("silo-2", log));
        builder.Services.AddSingleton<IObjectStore>(objects);
        builder.Services.AddSingleton<IDatasetTables>(tables);
        builder.Services.AddGateway(options =>
        {
            options.RequireApiKey = false;
            options.FailoverWait = TimeSpan.Zero;
            configure?.Invoke(options);
        });
        var app = builder.Build();
        app.MapGateway();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new(app) { Grains = grains, Log = log, Objects = objects, Tables = tables };
    }

    public FakeWorker Worker(string key = "silo-1/cpu-0") => (FakeWorker)Grains.GetGrain<IWorkerGrain>(key);

    /// <summary>Publishes a route, and waits until the gateway follows it.</summary>
    public async Task Publish(EndpointRoute route, string tenant = "default")
    {
        foreach (var variant in route.Variants.Concat((route.Shadows ?? []).Select(shadow => shadow.Variant)))
        {
            foreach (var replica in variant.Replicas)
            {
                Worker(replica.ToGrainKey()).Signatures[variant.Model.ToGrainKey()] = variant.Signature;
            }
        }

        await Grains.GetGrain<IRoutingTableGrain>(tenant).Publish(route);
        var routes = await Services.GetRequiredService<RoutingSnapshots>().Of(tenant, TestContext.Current.CancellationToken);
        Assert.True(await routes.WaitFor(
            snapshot => snapshot.Endpoints.TryGetValue(route.Endpoint, out var served) && served.Route == route, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    public Task<Answer> Post(string path, string body, string contentType = "application/json", params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Post, path, new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } }, headers);

    public Task<Answer> Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, null, headers);

    public async Task<Answer> Send(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return new((int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "",
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Headers.RetryAfter is not null, response.Headers.Location?.ToString(),
            response.Content.Headers.ContentLength, response.Headers.Contains("Idempotent-Replayed"));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    private static FakeGrains Register(FakeGrains grains)
    {
        var directory = new FakeDirectory();
        return grains
            .Add<IApiKeyDirectoryGrain>(_ => directory)
            .Add<IKeyedCallsGrain>(_ => new FakeKeyedCalls())
            .Add<ITenantGrain>(key => new FakeTenant(key, directory))
            .Add<IRoutingTableGrain>(_ => new FakeRouting())
            .Add<IEndpointGrain>(key => new FakeEndpoint(key, grains))
            .Add<IRolloutGrain>(key => new FakeRollout(key))
            .Add<IEndpointTrafficGrain>(key => new FakeTraffic(key))
            .Add<IEndpointShadowGrain>(key => new FakeShadows(key, grains))
            .Add<IExperimentGrain>(key => new FakeExperiment(key))
            .Add<ICostAccountGrain>(key => new FakeCostAccount(key))
            .Add<IWorkerPoolGrain>(_ => new FakePool())
            .Add<IWorkerPinsGrain>(_ => new FakePins())
            .Add<IPriceBookGrain>(_ => new FakePrices())
            .Add<IWorkerGrain>(key => new FakeWorker(key))
            .Add<IDatasetGrain>(key => new FakeDataset(key))
            .Add<IModelGrain>(key => new FakeModel(key))
            .Add<IModelVersionGrain>(key => new FakeModelVersion(key))
            .Add<ITrainingRunGrain>(key => new FakeTrainingRun(key))
            .Add<IDatasetCatalogGrain>(_ => new FakeCatalog())
            .Add<IModelCatalogGrain>(_ => new FakeCatalog())
            .Add<IEndpointCatalogGrain>(_ => new FakeCatalog())
            .Add<ITrainingRunCatalogGrain>(_ => new FakeCatalog());
    }
}

/// <summary>What came back.</summary>
internal sealed record Answer(int Status, string ContentType, string Text, bool RetryAfter, string? Location, long? Length, bool Replayed = false)
{
    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>The error of an Open Inference Protocol answer.</summary>
    public string Error => Json.GetProperty("error").GetString()!;

    /// <summary>Holds that this is a problem with that status and code, and gives it.</summary>
    public JsonElement Problem(int status, string code)
    {
        Assert.Equal((status, "application/problem+json"), (Status, ContentType));
        Assert.Equal(code, Json.GetProperty("code").GetString());
        Assert.Equal(status, Json.GetProperty("status").GetInt32());
        return Json;
    }
}
