using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using AiFactory.Client;
using AiFactory.Domain;
using AiFactory.Domain.Refusals;
using Spectre.Console;

namespace AiFactory.Cli.Local;

/// <summary><c>factory doctor</c>: what this machine lacks, and what the factory itself finds.</summary>
internal static class DoctorCommand
{
    public static Command Create() => new Command("doctor", "Examine this machine and the factory, and name what is wrong and how to mend it").Does(async run =>
    {
        List<HealthFinding> findings = [];
        if (!run.AddressGiven)
        {
            findings.AddRange(LocalFindings(run.DataFolder));
        }

        findings.AddRange(await FactoryFindings(run));
        run.Show(findings, Render);
        return findings.TrueForAll(finding => finding.Healthy) ? ExitCode.Done : ExitCode.Refused;
    });

    private static IEnumerable<HealthFinding> LocalFindings(string dataFolder)
    {
        yield return Silo();
        yield return Folder(dataFolder);
    }

    private static HealthFinding Silo()
    {
        try
        {
            return new("silo program", true, SiloBinary.Find());
        }
        catch (RefusedException refused)
        {
            return new("silo program", false, "not found", refused.Refusal.What, refused.Refusal.Mend);
        }
    }

    private static HealthFinding Folder(string dataFolder)
    {
        if (!Directory.Exists(dataFolder))
        {
            return new("data folder", true, $"{dataFolder} is not there yet; factory up makes it");
        }

        try
        {
            var probe = Path.Combine(dataFolder, $".probe-{Environment.ProcessId}");
            File.WriteAllText(probe, string.Empty);
            File.Delete(probe);
            return new("data folder", true, dataFolder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new("data folder", false, dataFolder, fault.Message, "Make the folder writable and see that the disk has room, or choose another with --data.");
        }
    }

    private static async Task<IReadOnlyList<HealthFinding>> FactoryFindings(CommandRun run)
    {
        try
        {
            return await run.Client.Status.Doctor(run.Cancellation);
        }
        catch (Exception fault) when (fault is NoFactoryException or FactoryUnreachableException)
        {
            var tail = run.AddressGiven ? string.Empty : SiloLog.Tail(run.DataFolder);
            return
            [
                new("factory", false, fault.Message, tail.Length == 0 ? null : $"The log ends with:\n{tail}", "Start it with: factory up"),
            ];
        }
    }

    private static Table Render(List<HealthFinding> findings)
    {
        var table = Tables.Create("Component", "State", "Detail", "Cause and mend");
        foreach (var finding in findings)
        {
            table.AddRow(
                new Text(finding.Component),
                finding.Healthy ? new Markup("[green]well[/]") : new Markup("[red]not well[/]"),
                new Text(finding.Detail),
                new Text(string.Join('\n', new[] { finding.Cause, finding.Mend }.Where(part => part is not null))));
        }

        return table;
    }
}
