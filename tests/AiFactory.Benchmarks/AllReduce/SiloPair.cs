using System.Net;
using System.Net.Sockets;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Onnx;
using AiFactory.Grains.Serialization;
using AiFactory.Grains.Workers;
using AiFactory.Grains.Workers.Training;
using AiFactory.Lakehouse;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace AiFactory.Benchmarks.AllReduce;

/// <summary>Two silos of this process, joined over loopback TCP, each with the product's two CPU workers.</summary>
internal sealed class SiloPair : IAsyncDisposable
{
    private readonly IHost[] _silos;
    private readonly string _folder;

    private SiloPair(IHost[] silos, string folder) => (_silos, _folder) = (silos, folder);

    public static async Task<SiloPair> Start(CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("aifactory-allreduce-").FullName;
        var ports = FreePorts(4);
        var primary = new IPEndPoint(IPAddress.Loopback, ports[0]);
        IHost[] silos = [Build("one", ports[0], ports[1], primary, folder), Build("two", ports[2], ports[3], primary, folder)];
        foreach (var silo in silos)
        {
            await silo.StartAsync(cancellation);
        }

        return new(silos, folder);
    }

    public static WorkerKey Worker(int silo, int device) => new(silo == 0 ? "one" : "two", $"cpu-{device}");

    public IGrainFactory Grains(int silo) => _silos[silo].Services.GetRequiredService<IGrainFactory>();

    public ShardHost Shards(int silo) => _silos[silo].Services.GetRequiredService<ShardHost>();

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos.Reverse())
        {
            await silo.StopAsync();
            silo.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static IHost Build(string name, int siloPort, int gatewayPort, IPEndPoint primary, string folder)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo.UseLocalhostClustering(siloPort, gatewayPort, primary).Configure<SiloOptions>(options => options.SiloName = name));
        builder.Services.AddDomainSerialization();
        builder.Services.AddLakehouse(folder);
        builder.Services.AddOnnxEngine();
        builder.Services.AddSingleton<IDeviceTimeSink, NoDeviceTime>();
        builder.Services.AddWorkers(_ => { });
        return builder.Build();
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        Array.ForEach(listeners, listener => listener.Start());
        var ports = Array.ConvertAll(listeners, listener => ((IPEndPoint)listener.LocalEndpoint).Port);
        Array.ForEach(listeners, listener => listener.Stop());
        return ports;
    }

    // What the workers cost is not looked at here.
    private sealed class NoDeviceTime : IDeviceTimeSink
    {
        public void Append(DeviceTimeRecord record)
        {
        }
    }
}
