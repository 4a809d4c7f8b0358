using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Endpoints;

namespace AiFactory.Cli.Endpoints;

/// <summary><c>factory endpoint deploy|show|list|undeploy</c></summary>
internal static class EndpointCommand
{
    public static Command Create() => new("endpoint", "Endpoints: models in service") { DeployCommand.Create(), Show(), List(), Undeploy() };

    private static Command Show()
    {
        var name = EndpointName();
        return new Command("show", "Show an endpoint: variants, weights, key, economy") { name }.Does(async run =>
            run.Show(await run.Client.Endpoints.Get(run.Value(name), run.Cancellation), EndpointViews.Endpoint));
    }

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

    private static Argument<string> EndpointName() => new("NAME") { Description = "Endpoint" };
}
