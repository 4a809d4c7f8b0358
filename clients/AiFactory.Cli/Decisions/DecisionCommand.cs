using System.CommandLine;
using AiFactory.Cli.CommandLine;

namespace AiFactory.Cli.Decisions;

/// <summary><c>factory decision explain ID</c></summary>
internal static class DecisionCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("ID") { Description = "Decision id, e.g. silo-1-00000000002f40" };
        return new Command("decision", "Decisions already made")
        {
            new Command("explain", "Print the chain from the decision back to the source file, with cost and outcome") { id }.Does(async run =>
                run.Show(await run.Client.Decisions.Explain(run.Value(id), run.Cancellation), DecisionViews.Explanation)),
        };
    }
}
