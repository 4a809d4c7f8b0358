using System.CommandLine;
using AiFactory.Cli.CommandLine;

namespace AiFactory.Cli.Endpoints;

/// <summary><c>factory experiment show NAME</c></summary>
internal static class ExperimentCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "Endpoint" };
        return new Command("experiment", "Experiments: how an endpoint's variants compare")
        {
            new Command("show", "Show exposures, accuracy, value and cost by variant, and their differences") { name }.Does(async run =>
                run.Show(await run.Client.Endpoints.Experiment(run.Value(name), run.Cancellation), EndpointViews.Experiment)),
        };
    }
}
