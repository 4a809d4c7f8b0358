using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using Spectre.Console;

namespace AiFactory.Cli.Cluster;

/// <summary><c>factory cluster up|status|down|start|stop</c></summary>
internal static class ClusterCommand
{
    private const int SilosMax = 64;

    public static Command Create() => new("cluster", "Several silos on this machine that are one factory, with a PostgreSQL of their own")
    {
        Up(),
        new Command("status", "Show the cluster: silos, state, roles, devices, grains, versions, decision logs").Does(async run =>
            run.Show(await run.Client.Status.Cluster(run.Cancellation), ClusterViews.Status)),
        new Command("down", "Stop all silos and their PostgreSQL; everything stays in the folder").Does(async run =>
        {
            var stopped = await run.Output.Working("Stopping the cluster", run.Json, () => Cluster(run).Down(run.Cancellation));
            return run.Show(new { Stopped = stopped, run.DataFolder }, result => Markup.FromInterpolated(result.Stopped.Count > 0
                ? (FormattableString)$"Stopped {string.Join(", ", result.Stopped)}; the state stays in {result.DataFolder}.\n"
                : $"Nothing of the cluster in {result.DataFolder} ran.\n"));
        }),
        Start(),
        Stop(),
    };

    private static Command Up()
    {
        var silos = new Option<int?>("--silos") { HelpName = "N", Description = "How many silos there are to be; more than there are adds some, fewer leaves them. Default 3 in a new cluster" };
        silos.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var count) && count is < 1 or > SilosMax)
            {
                result.AddError($"{count} silos are not between 1 and {SilosMax}.");
            }
        });
        var roles = new Option<string[]>("--roles")
        {
            HelpName = "ROLES",
            Description = "Roles of an added silo: all, or some of control, worker, gateway with commas between; once for each silo, the last for all further ones",
            DefaultValueFactory = _ => [],
        };
        return new Command("up", "Start what is missing of the cluster in the folder; makes it, with a PostgreSQL of its own, where there is none") { silos, roles }.Does(async run =>
        {
            var running = await run.Output.Working("Starting the cluster", run.Json,
                () => Cluster(run).Up(run.Value(silos), run.Port ?? GlobalOptions.DefaultPort, run.Value(roles)!, run.Cancellation));
            return run.Show(running, ClusterViews.Up);
        });
    }

    private static Command Start()
    {
        var silo = new Argument<string>("SILO") { Description = "Name of the silo, e.g. silo-2" };
        return new Command("start", "Start one silo of the cluster") { silo }.Does(async run =>
        {
            var running = await run.Output.Working("Starting the silo", run.Json, () => Cluster(run).Start(run.Value(silo), run.Cancellation));
            return run.Show(running, started => Facts.Panel(started.Name, ("Address", started.Url.ToString()), ("Process", Format.Invariant($"{started.Pid}"))));
        });
    }

    private static Command Stop()
    {
        var silo = new Argument<string>("SILO") { Description = "Name of the silo, e.g. silo-2" };
        return new Command("stop", "Let one silo of the cluster finish what it has begun, and stop it") { silo }.Does(async run =>
        {
            var stopped = await run.Output.Working("Stopping the silo", run.Json, () => Cluster(run).Stop(run.Value(silo), run.Cancellation));
            return run.Show(new { Silo = run.Value(silo), Stopped = stopped }, result => Markup.FromInterpolated(result.Stopped
                ? (FormattableString)$"Stopped {result.Silo}.\n"
                : $"{result.Silo} did not run.\n"));
        });
    }

    private static LocalCluster Cluster(CommandRun run) => new(run.DataFolder, TimeProvider.System);
}
