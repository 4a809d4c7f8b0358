using AiFactory.Domain.Decisions;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AiFactory.Cli.Rendering;

/// <summary>How the decision logs behind a total count in it.</summary>
internal static class LogViews
{
    /// <summary>Nothing where there is one log and it answered: the total is simply its own.</summary>
    public static IEnumerable<IRenderable> Standings(IReadOnlyList<LogStanding>? logs)
    {
        if (logs is null || logs.Count < 2 && logs.All(log => log.State == LogState.Live))
        {
            yield break;
        }

        var table = Tables.Create("Decision log", "Of a", "Counts", "As of", ">Up to address");
        foreach (var log in logs)
        {
            table.AddTextRow(log.Log, log.Kind == LogKind.Silo ? "silo" : "client", State(log.State), log.AsOf is { } asOf ? Format.Time(asOf) : "-", Format.Count(log.Position));
        }

        yield return table;
        if (logs.Any(log => log.State != LogState.Live))
        {
            yield return new Text("Logs that do not answer count as of what they last published; the rest is added once they are back.", new Style(Color.Yellow));
        }
    }

    private static string State(LogState state) => state switch
    {
        LogState.Live => "live",
        LogState.Published => "as published",
        _ => "not at all: unknown",
    };
}
