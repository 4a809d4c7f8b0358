using System.CommandLine;
using AiFactory.Cli.CommandLine;
using Spectre.Console;

namespace AiFactory.Cli.Datasets;

/// <summary><c>factory dataset show NAME[@VERSION]</c></summary>
internal static class DatasetShowCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "Dataset, optionally with its version: NAME@3" };
        return new Command("show", "Show a version of a dataset: lineage and profile") { name }.Does(async run =>
        {
            var wanted = NamedVersion.Parse(run.Value(name));
            var version = await run.Client.Datasets.GetVersion(wanted.Name, wanted.Version, run.Cancellation);
            return run.Show(version, value => new Rows(DatasetViews.Version(value), DatasetViews.Profile(value)));
        });
    }
}
