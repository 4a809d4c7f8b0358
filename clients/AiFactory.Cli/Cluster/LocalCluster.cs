using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using AiFactory.Cli.Local;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Cluster;

/// <summary>A cluster of processes on this machine, to try it out: one PostgreSQL and several silos, all in one folder.</summary>
internal sealed class LocalCluster(string folder, TimeProvider time)
{
    private const int PortStep = 10;
    private const int PasswordBytes = 18;

    /// <summary>A silo that runs.</summary>
    /// <param name="Started">False: it was up already.</param>
    internal sealed record RunningSilo(string Name, string Roles, Uri Url, Uri? GrpcUrl, int Pid, string DataFolder, bool Started);

    /// <summary>What <see cref="Up"/> found or made.</summary>
    internal sealed record Running(string DataFolder, int DatabasePort, bool DatabaseStarted, IReadOnlyList<RunningSilo> Silos);

    /// <summary>Starts what is missing of the cluster in the folder, and makes it where there is none.</summary>
    /// <param name="silos">How many there are to be; there stay more where there are. Null: as many as there are, of a new cluster three.</param>
    /// <param name="port">HTTP port of the first silo that is added; the next ones have ports ten further on each. 0: any free ones.</param>
    /// <param name="roles">Of the silos that are added, the last for all further ones; empty: all roles.</param>
    public async Task<Running> Up(int? silos, int port, IReadOnlyList<string> roles, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        var file = ClusterFile.Read(folder) ?? new ClusterFile(FreePort(), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PasswordBytes)), []);
        file = Grown(file, silos ?? Math.Max(3, file.Silos.Count), port, roles);
        file.Write(folder);
        var postgres = new LocalPostgres(folder, file.DatabasePort, file.DatabasePassword);
        var started = await postgres.Up(cancellation);
        var running = await Task.WhenAll(file.Silos.Select(silo => Start(silo, postgres, cancellation)));
        return new(folder, file.DatabasePort, started, running);
    }

    /// <summary>Stops all silos, then PostgreSQL; everything stays in the folder.</summary>
    /// <returns>Names of what was stopped.</returns>
    public async Task<IReadOnlyList<string>> Down(CancellationToken cancellation)
    {
        var file = Present();
        var stopped = await Task.WhenAll(file.Silos.Select(async silo => await At(silo.Name).Down(cancellation) is null ? null : silo.Name));
        var database = await new LocalPostgres(folder, file.DatabasePort, file.DatabasePassword).Down(cancellation);
        return [.. stopped.OfType<string>(), .. database ? ["postgres"] : Array.Empty<string>()];
    }

    /// <summary>Starts one silo, unless it runs.</summary>
    public async Task<RunningSilo> Start(string silo, CancellationToken cancellation)
    {
        var file = Present();
        var postgres = new LocalPostgres(folder, file.DatabasePort, file.DatabasePassword);
        await postgres.Up(cancellation);
        return await Start(Member(file, silo), postgres, cancellation);
    }

    /// <summary>Asks one silo to stop, and waits until it has.</summary>
    /// <returns>Whether it ran.</returns>
    public async Task<bool> Stop(string silo, CancellationToken cancellation) => await At(Member(Present(), silo).Name).Down(cancellation) is not null;

    private async Task<RunningSilo> Start(ClusterMember silo, LocalPostgres postgres, CancellationToken cancellation)
    {
        var up = await At(silo.Name, new SiloLaunch(
            ["--silo-name", silo.Name, "--roles", silo.Roles, "--objects", Path.Combine(folder, "objects"), "--silo-port", "0", "--gateway-port", "0"],
            // Not as an argument, which every user of the machine could read.
            new Dictionary<string, string> { ["AIFACTORY__CLUSTER__DATABASE"] = postgres.ConnectionString })).Up(silo.Port, cancellation);
        return new(silo.Name, silo.Roles, up.Url, up.GrpcUrl, up.Pid, up.DataFolder, up.Started);
    }

    private LocalFactory At(string silo, SiloLaunch? launch = null) => new(ClusterFile.FolderOf(folder, silo), time, launch);

    private ClusterFile Present() => ClusterFile.Read(folder) ?? throw new RefusedException(new("cluster-missing", RefusalKind.NotFound,
        $"There is no cluster in {folder}.", ClusterFile.PathIn(folder), "Make one with: factory cluster up. Or name its folder with --data."));

    private static ClusterMember Member(ClusterFile file, string silo) => file.Silos.FirstOrDefault(member => member.Name == silo)
        ?? throw new RefusedException(new("silo-unknown", RefusalKind.NotFound, $"The cluster has no silo '{silo}'.", silo,
            $"It has {string.Join(", ", file.Silos.Select(member => member.Name))}; add one with: factory cluster up --silos {file.Silos.Count + 1}"));

    private static ClusterFile Grown(ClusterFile file, int silos, int port, IReadOnlyList<string> roles)
    {
        var added = Enumerable.Range(0, Math.Max(0, silos - file.Silos.Count)).Select(index =>
        {
            var number = file.Silos.Count + index + 1;
            var last = file.Silos.Count == 0 ? port - PortStep : file.Silos.Max(silo => silo.Port);
            return new ClusterMember(
                string.Create(CultureInfo.InvariantCulture, $"silo-{number}"),
                port == 0 ? 0 : Math.Max(last, port - PortStep) + (PortStep * (index + 1)),
                roles.Count == 0 ? "all" : roles[Math.Min(index, roles.Count - 1)]);
        });
        return file with { Silos = [.. file.Silos, .. added] };
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
