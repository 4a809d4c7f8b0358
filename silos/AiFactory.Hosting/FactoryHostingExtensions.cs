using AiFactory.DecisionLog;
using AiFactory.Engines.LightGbm;
using AiFactory.Engines.Onnx;
using AiFactory.Engines.Torch;
using AiFactory.Grains;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Idempotency;
using AiFactory.Grains.Models;
using AiFactory.Grains.Workers;
using AiFactory.Hosting.Cluster;
using AiFactory.Hosting.Folder;
using AiFactory.Hosting.Logging;
using AiFactory.Hosting.Native;
using AiFactory.Hosting.Options;
using AiFactory.Hosting.Stopping;
using AiFactory.Hosting.Storage;
using AiFactory.Hosting.Sweeping;
using AiFactory.Hosting.Telemetry;
using AiFactory.Hosting.Tenants;
using AiFactory.Hosting.Training;
using AiFactory.Hosting.Workers;
using AiFactory.Lakehouse;
using AiFactory.Projections;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Dashboard;

namespace AiFactory.Hosting;

/// <summary>A whole factory in one process: silo, workers, state, log and telemetry.</summary>
public static class FactoryHostingExtensions
{
    /// <param name="folder">Held by the caller until the application has stopped and been disposed.</param>
    public static WebApplicationBuilder AddAiFactory(this WebApplicationBuilder builder, FactoryOptions options, FactoryFolder folder)
    {
        NativeThreads.KeepFromSpinning();
        builder.AddFactoryLogging(folder);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options));
        builder.Services
            .AddSingleton(options)
            .AddSingleton(folder)
            .AddSingleton(TimeProvider.System)
            .AddDecisionLog(log => (log.Folder, log.Name, log.BytesMax) = (folder.DecisionLog(options.SiloName), options.SiloName, options.DecisionLogBytesMax))
            .AddProjections(projections => projections.Folder = folder.StateFolder)
            .AddLakehouse(folder.Objects)
            .AddOnnxEngine()
            .AddTorchTrainer()
            .AddLightGbmTrainer()
            .AddControlGrains()
            .AddTrainerCatalog()
            .AddSingleton<IDeviceTimeSink, DecisionLogDeviceTimeSink>()
            .AddWorkers(workers =>
            {
                workers.Devices = options.DeviceList();
                (workers.LoadedModelBytesMax, workers.IdleUnloadAfter) = (options.ModelMemoryBytesMax, options.ModelIdleUnloadAfter);
                workers.Sequences = workers.Sequences with { SequencesMax = options.SequencesMax, IdleSecondsMax = options.SequenceIdleMax.TotalSeconds };
                workers.ModelLoadsMax = options.ModelLoadsMax > 0 ? options.ModelLoadsMax : workers.ModelLoadsMax;
            })
            .AddFactoryTelemetry(options)
            .AddHostedService<PendingWorkSweep>()
            .AddFirstApiKey(options)
            .AddReadyFile()
            .AddLastResort()
            .Configure<ModelOptions>(models => models.MinimumAuc = options.MinimumAuc)
            .Configure<IdempotencyOptions>(keyed => keyed.KeptFor = options.IdempotencyKeptFor)
            .Configure<EndpointOptions>(endpoints => endpoints.Replicas = options.Replicas)
            .Configure<HostOptions>(host => host.ShutdownTimeout = options.StopTimeout);
        builder.Host.UseOrleans(silo => silo.AddFactorySilo(options, folder));
        return builder;
    }

    /// <summary>Metrics at <c>/metrics</c>, and the dashboard where it is on.</summary>
    public static WebApplication MapAiFactory(this WebApplication app)
    {
        app.MapPrometheusScrapingEndpoint("/metrics");
        if (app.Services.GetRequiredService<FactoryOptions>().DashboardOn)
            app.MapOrleansDashboard("/dashboard").ExcludeFromDescription();
        return app;
    }

    private static void AddFactorySilo(this ISiloBuilder silo, FactoryOptions options, FactoryFolder folder)
    {
        silo.UseEmbeddedCluster(options.SiloName)
            .TuneMembership()
            .AddEmbeddedStateStore(folder.StateDatabase);
        if (options.DashboardOn)
            silo.AddDashboard();
    }
}
