using AiFactory.DecisionLog;
using AiFactory.Gateway;
using AiFactory.Hosting;
using AiFactory.Hosting.Folder;
using AiFactory.Hosting.Options;
using AiFactory.Projections.Experiments;
using AiFactory.Projections.Finance;
using AiFactory.Projections.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiFactory.Benchmarks.Serving.Features;

/// <summary>
/// The product composed as its own server composes it, with three services put behind switches: the log, each of its readers, and who listens to the meters.
/// </summary>
internal static class FeatureHost
{
    public static async Task<int> Run(int port, string folder)
    {
        var options = new FactoryOptions { DataFolder = folder, Port = port, Dashboard = false };
        using var held = FactoryFolder.Open(folder);
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddAiFactory(options, held);
        builder.Services.AddGateway(gateway => (gateway.RequireApiKey, gateway.DataFolder) = (false, held.Root));
        var switches = new FeatureSwitches();
        SwitchLog(builder.Services, switches);
        SwitchedTelemetry.Remove(builder.Services);
        using var telemetry = new SwitchedTelemetry(options);
        telemetry.Switch(on: true);
        await using var app = builder.Build();
        app.MapGateway();
        app.MapPost("/switches", async (bool log, bool ledger, bool figures, bool metrics, HttpContext context) =>
        {
            await Settle(context);
            switches.State = new(log, ledger, figures, metrics);
            telemetry.Switch(metrics);
        });
        app.MapPost("/settled", Settle);
        app.MapPost("/cache-hits", () => CounterReading.Of("aifactory.cache.hits"));
        app.MapPost("/cache-misses", () => CounterReading.Of("aifactory.cache.misses"));
        await app.RunAsync();
        return 0;
    }

    private static void SwitchLog(IServiceCollection services, FeatureSwitches switches)
    {
        var log = services.Single(service => service.ServiceType == typeof(IDecisionLog));
        services.Remove(log);
        services.AddSingleton<IDecisionLog>(provider => new SwitchedLog((IDecisionLog)log.ImplementationFactory!(provider), switches));
        Replace<LedgerStore>(() => switches.Ledger);
        Replace<ExperimentStore>(() => switches.Figures);

        void Replace<TStore>(Func<bool> on)
            where TStore : class, IProjectionStore
        {
            services.RemoveAll<LogReader<TStore>>();
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<LogReader<TStore>>(provider, new SwitchedReading(provider.GetRequiredService<IDecisionLog>(), on)));
        }
    }

    // Returns once the readers have seen all there is, so that what a stretch of load causes is paid within it.
    private static async Task Settle(HttpContext context)
    {
        await context.RequestServices.GetRequiredService<LogReader<LedgerStore>>().CatchUp(context.RequestAborted);
        await context.RequestServices.GetRequiredService<LogReader<ExperimentStore>>().CatchUp(context.RequestAborted);
    }
}
