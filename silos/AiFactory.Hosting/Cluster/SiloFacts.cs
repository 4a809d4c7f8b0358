using System.Diagnostics;
using System.Reflection;
using AiFactory.Domain.Cluster;
using AiFactory.Grains.Cluster;
using AiFactory.Grains.Workers;
using AiFactory.Hosting.Options;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace AiFactory.Hosting.Cluster;

/// <summary>What this process tells the cluster of itself.</summary>
internal sealed class SiloFacts(FactoryOptions options, IOptions<WorkerOptions> workers, IServer server) : ISiloFacts
{
    private static readonly string Version = typeof(SiloFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    private static readonly DateTimeOffset StartedAt = Process.GetCurrentProcess().StartTime.ToUniversalTime();

    public SiloReport Report(long logTail) => new(Version, Environment.ProcessId, StartedAt,
        server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "", options.RoleSet.ToArray(),
        options.Has(SiloRole.Worker) ? workers.Value.Devices.ToArray() : [], logTail);
}
