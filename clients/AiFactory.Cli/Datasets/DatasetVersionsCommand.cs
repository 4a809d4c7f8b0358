using System.CommandLine;
using AiFactory.Cli.CommandLine;

namespace AiFactory.Cli.Datasets;

/// <summary><c>factory dataset versions NAME</c></summary>
internal static class DatasetVersionsCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "Dataset" };
        return new Command("versions", "List a dataset's versions and the ingestions that were refused") { name }.Does(async run =>
            run.Show(await run.Client.Datasets.Get(run.Value(name), run.Cancellation), DatasetViews.Versions));
    }
}
