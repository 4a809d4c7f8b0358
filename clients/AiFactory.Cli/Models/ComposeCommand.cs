using System.CommandLine;
using AiFactory.Cli.CommandLine;

namespace AiFactory.Cli.Models;

/// <summary><c>factory model compose NAME --file ensemble.yaml</c></summary>
internal static class ComposeCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("MODEL") { Description = "Model whose next version the ensemble becomes" };
        var file = new Option<string>("--file") { HelpName = "FILE", Required = true, Description = "Definition of the ensemble, YAML or JSON: inputs, steps, outputs" };
        return new Command("compose", "Register an ensemble, a graph of models and built-in steps, as a model version") { name, file }.Does(async run =>
            run.Show(await run.Client.Models.Compose(run.Value(name), EnsembleFile.Read(run.Value(file)!), run.Cancellation), ModelViews.Version));
    }
}
