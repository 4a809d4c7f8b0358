using System.Globalization;
using System.Net;
using AiFactory.Benchmarks.Processes;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Onnx;
using AiFactory.Gateway;
using AiFactory.Grains.Serialization;
using AiFactory.Grains.Workers;
using AiFactory.Hosting;
using AiFactory.Hosting.Folder;
using AiFactory.Hosting.Options;
using AiFactory.Lakehouse;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace AiFactory.Benchmarks.Serving;

/// <summary>A factory in two processes of one cluster: all of the product with one device, and a silo that has nothing but another device.</summary>
internal sealed class SplitFactory : IDisposable
{
    public static readonly WorkerKey Near = new("silo-1", "cpu-0");
    public static readonly WorkerKey Far = new("worker-1", "cpu-0");
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);

    private SplitFactory(Product gateway, System.Diagnostics.Process worker) => (Gateway, Worker) = (gateway, worker);

    public Product Gateway { get; }

    public System.Diagnostics.Process Worker { get; }

    public static async Task<SplitFactory> Start(string folder, CancellationToken cancellation)
    {
        var (port, siloPort) = (FreePort.Find(), FreePort.Find());
        var gateway = await Product.Started(Executables.StartHost("serve-gateway", Text(port), Text(siloPort), folder), port, folder, cancellation);
        var factory = new SplitFactory(gateway, Executables.StartHost("serve-worker", Text(siloPort), folder));
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(StartMax);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
            while (await gateway.Workers(limit.Token) < 2)
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }

            return factory;
        }
        catch
        {
            factory.Dispose();
            throw;
        }
    }

    /// <summary>The process with gateway, control plane and the near device.</summary>
    public static async Task<int> RunGateway(int port, int siloPort, string folder)
    {
        var options = new FactoryOptions { DataFolder = folder, Port = port, CpuSlots = 1, SiloName = Near.SiloName, Dashboard = false };
        using var held = FactoryFolder.Open(folder);
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddAiFactory(options, held);
        builder.Services.Configure<EndpointOptions>(endpoint => endpoint.SiloPort = siloPort);
        builder.Services.AddGateway(gateway => (gateway.RequireApiKey, gateway.DataFolder) = (false, held.Root));
        await using var app = builder.Build();
        app.MapAiFactory();
        app.MapGateway();
        await app.RunAsync();
        return 0;
    }

    /// <summary>The process with the far device.</summary>
    public static async Task<int> RunWorker(int primaryPort, string folder, CancellationToken cancellation)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo
            .UseDevelopmentClustering(new IPEndPoint(IPAddress.Loopback, primaryPort))
            .Configure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = ("aifactory", "embedded"))
            .Configure<SiloOptions>(options => options.SiloName = Far.SiloName)
            // The control plane's grains are part of this program too, but their state is in the other process.
            .Configure<GrainTypeOptions>(types => types.Classes.RemoveWhere(type => type.Assembly == typeof(AiFactory.Grains.Models.ModelOptions).Assembly))
            .Configure<EndpointOptions>(endpoint => (endpoint.AdvertisedIPAddress, endpoint.SiloPort, endpoint.GatewayPort) = (IPAddress.Loopback, FreePort.Find(), 0)));
        builder.Services.AddDomainSerialization();
        builder.Services.AddLakehouse(Path.Combine(folder, "objects"));
        builder.Services.AddOnnxEngine();
        builder.Services.AddSingleton<IDeviceTimeSink, NoDeviceTime>();
        builder.Services.AddWorkers(workers => workers.Devices = [new Device(Far.Device, DeviceKind.Cpu, "cpu-slot")]);
        using var host = builder.Build();
        await host.RunAsync(cancellation);
        return 0;
    }

    public void Dispose()
    {
        Gateway.Dispose();
        if (!Worker.HasExited)
        {
            Worker.Kill(entireProcessTree: true);
            Worker.WaitForExit();
        }

        Worker.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // What the worker costs is not looked at here.
    private sealed class NoDeviceTime : IDeviceTimeSink
    {
        public void Append(DeviceTimeRecord record)
        {
        }
    }
}
