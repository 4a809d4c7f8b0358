using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using Spectre.Console;

namespace AiFactory.Cli.Local;

/// <summary><c>factory down</c></summary>
internal static class DownCommand
{
    public static Command Create() => new Command("down", "Stop the factory that runs on the folder; its state stays").Does(async run =>
    {
        var factory = new LocalFactory(run.DataFolder, TimeProvider.System);
        var stopped = await run.Output.Working("Stopping the factory", run.Json, () => factory.Down(run.Cancellation));
        return run.Show(
            new { Stopped = stopped is not null, stopped?.Pid, run.DataFolder },
            result => Markup.FromInterpolated(result.Stopped
                ? (FormattableString)$"Stopped process {result.Pid}; the state stays in {result.DataFolder}.\n"
                : $"No factory runs on {result.DataFolder}.\n"));
    });
}
