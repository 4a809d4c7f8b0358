using AiFactory.Console;
using AiFactory.Domain.Cluster;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway;
using AiFactory.Hosting;
using AiFactory.Hosting.Cluster;
using AiFactory.Hosting.Folder;
using AiFactory.Hosting.Options;
using Microsoft.Extensions.Options;

const int CannotStart = 2;
try
{
    var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
    var options = builder.Configuration.ReadFactoryOptions(args);
    using var folder = FactoryFolder.Open(options.DataFolder);
    HttpPort.Check(options);
    await using var seat = options.Clustered ? await SiloSeat.Take(options, TimeProvider.System, CancellationToken.None) : null;
    builder.AddAiFactory(options, folder, seat);
    var gateway = options.Has(SiloRole.Gateway);
    if (gateway)
        builder.Services.AddGateway(served => (served.RequireApiKey, served.DataFolder, served.DrainGrace) = (options.ApiKeyRequired, folder.Root, options.DrainGrace));

    await using var app = builder.Build();
    app.MapAiFactory();
    if (gateway)
    {
        app.MapGateway();
        app.MapConsole();
        app.MapGet("/", () => Results.Redirect("/console/")).ExcludeFromDescription();
    }

    await app.RunAsync();
    return 0;
}
catch (RefusedException exception)
{
    await System.Console.Error.WriteLineAsync(exception.Refusal.ToString());
    return CannotStart;
}
catch (OptionsValidationException exception)
{
    await System.Console.Error.WriteLineAsync(string.Join(Environment.NewLine, exception.Failures));
    return CannotStart;
}
