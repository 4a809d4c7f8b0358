using System.CommandLine;
using AiFactory.Cli.CommandLine;

namespace AiFactory.Cli.Datasets;

/// <summary><c>factory dataset quarantine NAME[@VERSION]</c></summary>
internal static class QuarantineCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "Dataset, optionally with its version: NAME@3" };
        var offset = new Option<long>("--offset") { HelpName = "N", Description = "Faults to skip" };
        var limit = new Option<int>("--limit") { HelpName = "N", Description = "Faults to show at most", DefaultValueFactory = _ => 100 };
        return new Command("quarantine", "Show the rows kept out of a version, with row number, column and reason") { name, offset, limit }.Does(async run =>
        {
            var wanted = NamedVersion.Parse(run.Value(name));
            var rows = await run.Client.Datasets.Quarantine(wanted.Name, wanted.Version, run.Value(offset), run.Value(limit), run.Cancellation);
            return run.Show(rows, DatasetViews.Quarantine);
        });
    }
}
