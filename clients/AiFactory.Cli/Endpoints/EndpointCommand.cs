using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Endpoints;

namespace AiFactory.Cli.Endpoints;

/// <summary><c>factory endpoint deploy|show|traffic|shadow|list|undeploy|rollback|history|promote|stop|start</c></summary>
internal static class EndpointCommand
{
    public static Command Create() => new("endpoint", "Endpoints: models in service")
    {
        DeployCommand.Create(), EndpointShow.Show(), EndpointShow.Traffic(), EndpointShow.Shadow(), List(), Undeploy(), Rollback(), History(), Promote(), Stop(), Start(),
    };

    private static Command List() => new Command("list", "List endpoints").Does(async run =>
    {
        var endpoints = new List<Endpoint>();
        foreach (var name in await run.Client.Endpoints.List(run.Cancellation))
        {
            endpoints.Add(await run.Client.Endpoints.Get(name, run.Cancellation));
        }

        return run.Show(endpoints, EndpointViews.List);
    });

    private static Command Undeploy()
    {
        var name = EndpointName();
        return new Command("undeploy", "Take an endpoint out of service; its decisions and experiment stay") { name }.Does(async run =>
            run.Show(await run.Client.Endpoints.Undeploy(run.Value(name), run.Cancellation), EndpointViews.Endpoint));
    }

    private static Command Rollback()
    {
        var name = EndpointName();
        var revision = new Option<long?>("--revision") { HelpName = "N", Description = "Where to go back to; without, the revision before the present" };
        return new Command("rollback", "Go back to an earlier revision") { name, revision }.Does(async run =>
            run.Show(await run.Client.Endpoints.Rollback(run.Value(name), run.Value(revision), run.Cancellation), EndpointViews.Endpoint));
    }

    private static Command History()
    {
        var name = EndpointName();
        return new Command("history", "List the revisions that an endpoint can go back to") { name }.Does(async run =>
            run.Show(await run.Client.Endpoints.History(run.Value(name), run.Cancellation), EndpointViews.History));
    }

    private static Command Promote()
    {
        var name = EndpointName();
        var variant = new Argument<string>("VARIANT") { Description = "Variant or shadow that gets all weight; the other variants stay loaded at weight 0" };
        return new Command("promote", "Switch all weight to one variant at once") { name, variant }.Does(async run =>
            run.Show(await run.Client.Endpoints.Promote(run.Value(name), run.Value(variant), run.Cancellation), EndpointViews.Endpoint));
    }

    private static Command Stop()
    {
        var name = EndpointName();
        var reason = new Option<string>("--reason") { HelpName = "TEXT", Required = true, Description = "Why; callers are told it" };
        return new Command("stop", "Ask no model of an endpoint any more, at once and on every gateway: requests get its static default, or are refused") { name, reason }.Does(async run =>
            run.Show(await run.Client.Endpoints.Stop(run.Value(name), run.Value(reason)!, run.Cancellation), EndpointViews.Endpoint));
    }

    private static Command Start()
    {
        var name = EndpointName();
        return new Command("start", "Let a stopped endpoint answer again") { name }.Does(async run =>
            run.Show(await run.Client.Endpoints.Start(run.Value(name), run.Cancellation), EndpointViews.Endpoint));
    }

    private static Argument<string> EndpointName() => new("NAME") { Description = "Endpoint" };
}
