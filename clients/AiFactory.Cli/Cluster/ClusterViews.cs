using AiFactory.Cli.Rendering;
using AiFactory.Domain.Cluster;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AiFactory.Cli.Cluster;

/// <summary>Clusters as people read them.</summary>
internal static class ClusterViews
{
    public static IRenderable Up(LocalCluster.Running running)
    {
        var silos = Tables.Create("Silo", "Roles", "HTTP", "gRPC", ">Process", "");
        foreach (var silo in running.Silos)
        {
            silos.AddTextRow(silo.Name, silo.Roles, silo.Url.ToString(), silo.GrpcUrl?.ToString() ?? "-", Format.Invariant($"{silo.Pid}"), silo.Started ? "started" : "was up");
        }

        return new Rows(
            Facts.Panel("Cluster up", ("Folder", running.DataFolder), ("PostgreSQL", Format.Invariant($"127.0.0.1:{running.DatabasePort}{(running.DatabaseStarted ? ", started" : ", was up")}"))),
            silos);
    }

    public static IRenderable Status(ClusterStatus status)
    {
        var silos = Tables.Create("Silo", "State", "Roles", "HTTP", "Devices", ">Grains", ">Log ends at", "Version");
        foreach (var silo in status.Silos)
        {
            silos.AddTextRow(
                silo.Name,
                State(silo),
                silo.Report is { } report ? SiloRoles.Text(report.Roles) : "-",
                silo.Report?.Url ?? "-",
                silo.Report is null ? "-" : string.Join(", ", silo.Report.Devices.GroupBy(device => $"{device.Model} ({device.Tier})").Select(kind => $"{kind.Count()} {kind.Key}")),
                silo.Grains is { } grains ? Format.Count(grains.Sum(grain => grain.Count)) : "-",
                silo.Report is { } log ? Format.Count(log.LogTail) : "-",
                silo.Report?.Version ?? "-");
        }

        return new Rows(
            Facts.Panel($"Cluster {status.ClusterId}", ("Asked", status.AskedOf),
                ("Silos", Format.Invariant($"{status.Silos.Count(silo => silo.State == SiloState.Active)} active of {status.Silos.Count}")),
                ("Versions", status.VersionSkew ? $"skew: {string.Join(", ", status.Versions)}" : string.Join(", ", status.Versions))),
            silos);
    }

    private static string State(ClusterSilo silo) => silo switch
    {
        { State: SiloState.Active, SuspectedBy.Count: > 0 } => $"suspected by {string.Join(", ", silo.SuspectedBy)}",
        { State: SiloState.Active, Report: null } => "active, does not answer",
        _ => silo.State.ToString().ToLowerInvariant(),
    };
}
