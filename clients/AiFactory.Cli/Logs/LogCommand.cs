using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using AiFactory.Domain.Decisions;
using Spectre.Console;

namespace AiFactory.Cli.Logs;

/// <summary><c>factory log show</c></summary>
internal static class LogCommand
{
    public static Command Create() => new("log", "The decision logs of the factory's silos")
    {
        new Command("show", "Show how far each log is shipped to the object store, and how far behind that of the silo that answers is").Does(async run =>
            run.Show(await run.Client.Status.Logs(run.Cancellation), View)),
    };

    private static Table View(IReadOnlyList<DecisionLogStatus> logs)
    {
        var table = Tables.Create("Log", ">Tail", ">Shipped up to", ">Behind, bytes", ">Behind, s", ">Failed tries", "Because");
        foreach (var log in logs)
        {
            table.AddTextRow(log.Log, Shown(log.Tail), Format.Count(log.ShippedTo), Shown(log.LagBytes), Format.Figure(log.LagSeconds), Shown(log.Failures), log.LastFailure ?? string.Empty);
        }

        return table;
    }

    private static string Shown(long? figure) => figure is { } present ? Format.Count(present) : string.Empty;
}
