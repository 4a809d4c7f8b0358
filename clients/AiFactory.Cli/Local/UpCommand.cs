using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using Spectre.Console.Rendering;

namespace AiFactory.Cli.Local;

/// <summary><c>factory up</c></summary>
internal static class UpCommand
{
    public static Command Create() => new Command("up", "Start a factory on this machine, unless one runs on the folder already").Does(async run =>
    {
        var factory = new LocalFactory(run.DataFolder, TimeProvider.System);
        var running = await run.Output.Working("Starting the factory", run.Json, () => factory.Up(run.Port ?? GlobalOptions.DefaultPort, run.Cancellation));
        return run.Show(running, Render);
    });

    public static IRenderable Render(LocalFactory.Running running) => Facts.Panel(
        running.Started ? Format.Invariant($"Factory up, answered after {running.Seconds:0.0} s") : "A factory already listens for this folder",
        ("Address", running.Url.ToString()),
        ("gRPC", running.GrpcUrl?.ToString() ?? "-"),
        ("Console", new Uri(running.Url, "console").ToString()),
        ("Folder", running.DataFolder),
        ("Process", Format.Invariant($"{running.Pid} ({running.SiloName})")));
}
