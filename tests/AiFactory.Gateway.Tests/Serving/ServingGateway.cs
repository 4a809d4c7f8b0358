using System.Globalization;
using System.Net;
using System.Text;
using AiFactory.DecisionLog;
using AiFactory.Domain.Workers;
using AiFactory.Gateway.Fakes;
using AiFactory.Gateway.Routing;
using AiFactory.Grains.Workers;
using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AiFactory.Gateway.Serving;

/// <summary>A gateway on loopback ports of its own, beside a silo: it reaches that silo's worker directly and the other's by messages.</summary>
internal sealed class ServingGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ServingGateway(WebApplication app, MemoryLog log)
    {
        var urls = app.Urls.Select(url => new Uri(url)).ToArray();
        (_app, Log, Client, GrpcUrl) = (app, log, new() { BaseAddress = urls[0] }, urls[1]);
    }

    public HttpClient Client { get; }

    public MemoryLog Log { get; }

    public Uri GrpcUrl { get; }

    public static async Task<ServingGateway> Start(IServiceProvider silo, TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, port => port.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, port => port.Protocols = HttpProtocols.Http2);
        });
        builder.Logging.ClearProviders();
        var log = new MemoryLog();
        builder.Services.AddSingleton(time)
            .AddSingleton(silo.GetRequiredService<IGrainFactory>())
            .AddSingleton(silo.GetRequiredService<ILocalWorkers>())
            .AddSingleton(silo.GetRequiredService<IObjectStore>())
            .AddSingleton(silo.GetRequiredService<IDatasetTables>())
            .AddSingleton<IDecisionLog>(log)
            .AddGateway(options => options.RequireApiKey = false);
        var app = builder.Build();
        app.MapGateway();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new(app, log);
    }

    /// <summary>Waits until the endpoint is served with so many replicas, and gives the first.</summary>
    public async Task<WorkerKey> Follow(string endpoint, int replicas)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var routes = await _app.Services.GetRequiredService<RoutingSnapshots>().Of("default", cancellation);
        await Condition.Until(() => Task.FromResult(routes.Current?.Endpoints.TryGetValue(endpoint, out var served) == true && served.Variants[0].Lanes.Length == replicas));
        return WorkerKey.FromGrainKey(routes.Current!.Endpoints[endpoint].Variants[0].Lanes[0].Worker);
    }

    public async Task<Answer> Infer(string endpoint, float x, string parameters, CancellationToken cancellation)
    {
        var body = string.Create(CultureInfo.InvariantCulture, $$"""{"parameters":{{parameters}},"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[{{x}}]}]}""");
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Client.PostAsync(new Uri($"/v2/models/{endpoint}/infer", UriKind.Relative), content, cancellation);
        return new((int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "", await response.Content.ReadAsStringAsync(cancellation), response.Headers.RetryAfter is not null, null, null);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
