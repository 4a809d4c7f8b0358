using AiFactory.DecisionLog;
using AiFactory.Devices;
using AiFactory.Devices.Nvml;
using AiFactory.Domain.Cluster;
using AiFactory.Domain.Decisions;
using AiFactory.Engines.LightGbm;
using AiFactory.Engines.Onnx;
using AiFactory.Engines.Torch;
using AiFactory.Grains;
using AiFactory.Grains.Cluster;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Idempotency;
using AiFactory.Grains.Models;
using AiFactory.Grains.Workers;
using AiFactory.Grains.Workers.Placement;
using AiFactory.Hosting.Cluster;
using AiFactory.Hosting.Folder;
using AiFactory.Hosting.Health;
using AiFactory.Hosting.Logging;
using AiFactory.Hosting.Native;
using AiFactory.Hosting.Objects;
using AiFactory.Hosting.Options;
using AiFactory.Hosting.Stopping;
using AiFactory.Hosting.Storage;
using AiFactory.Hosting.Storage.Postgres;
using AiFactory.Hosting.Sweeping;
using AiFactory.Hosting.Telemetry;
using AiFactory.Hosting.Tenants;
using AiFactory.Hosting.Training;
using AiFactory.Hosting.Workers;
using AiFactory.Projections;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Dashboard;

namespace AiFactory.Hosting;

/// <summary>A process of the product: a whole factory, or a member of a cluster with some of its roles.</summary>
public static class FactoryHostingExtensions
{
    /// <param name="folder">Held by the caller until the application has stopped and been disposed.</param>
    /// <param name="seat">This process's place in the cluster that the options name, held likewise; null in a factory of one process.</param>
    public static WebApplicationBuilder AddAiFactory(this WebApplicationBuilder builder, FactoryOptions options, FactoryFolder folder, SiloSeat? seat = null)
    {
        NativeThreads.KeepFromSpinning();
        builder.AddFactoryLogging(folder);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options));
        builder.Services
            .AddSingleton(options)
            .AddSingleton(folder)
            .AddSingleton(TimeProvider.System)
            .AddObjects(options, folder)
            .AddLog(options, folder)
            .AddOnnxEngine()
            .AddTorchTrainer()
            .AddLightGbmTrainer()
            .AddControlGrains()
            .AddTrainerCatalog()
            .AddSingleton<IDeviceTimeSink, DecisionLogDeviceTimeSink>()
            .AddSingleton<ISiloFacts, SiloFacts>()
            .AddFactoryTelemetry(options)
            .AddRoles(options)
            .AddReadyFile()
            .AddLastResort()
            .Configure<ModelOptions>(models => models.MinimumAuc = options.MinimumAuc)
            .Configure<IdempotencyOptions>(keyed => keyed.KeptFor = options.IdempotencyKeptFor)
            .Configure<EndpointOptions>(endpoints => endpoints.Replicas = options.Replicas)
            .Configure<HostOptions>(host => host.ShutdownTimeout = options.StopTimeout);
        if (seat is not null)
            builder.Services.AddSingleton(seat);
        if (options.Cluster.Client)
            builder.Host.UseOrleansClient(client => client.UsePostgresCluster(options, seat!.ConnectionString));
        else
            builder.Host.UseOrleans(silo => silo.AddFactorySilo(options, folder, seat));
        return builder;
    }

    /// <summary>Metrics at <c>/metrics</c>, the dashboard where it is on, and the health of a process without the role gateway.</summary>
    public static WebApplication MapAiFactory(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<FactoryOptions>();
        app.MapPrometheusScrapingEndpoint("/metrics");
        if (options.DashboardOn)
            app.MapOrleansDashboard("/dashboard").ExcludeFromDescription();
        if (!options.Has(SiloRole.Gateway))
            app.MapSiloHealth();
        return app;
    }

    // Where nothing is decided and nothing computes there is nothing to record.
    private static IServiceCollection AddLog(this IServiceCollection services, FactoryOptions options, FactoryFolder folder) =>
        !options.Has(SiloRole.Gateway) && !options.Has(SiloRole.Worker)
            ? services
            : services
                .AddDecisionLog(log => (log.Folder, log.Name, log.BytesMax) = (folder.DecisionLog(options.SiloName), options.SiloName, options.DecisionLogBytesMax))
                .AddProjections(projections => projections.Folder = folder.StateFolder)
                .AddOwnLog(own => own.Kind = options.Cluster.Client ? LogKind.Client : LogKind.Silo)
                .AddShippingOfLog(options);

    private static IServiceCollection AddRoles(this IServiceCollection services, FactoryOptions options)
    {
        if (options.Has(SiloRole.Control))
            services.AddHostedService<PendingWorkSweep>();
        if (options.Has(SiloRole.Gateway))
            services.AddFirstApiKey(options);
        return options.Has(SiloRole.Worker) ? services.AddDevices(options) : services;
    }

    private static IServiceCollection AddDevices(this IServiceCollection services, FactoryOptions options)
    {
        var nvml = new NvmlDevices();
        return services.AddNvmlDevices(nvml).AddWorkers(workers => Set(workers, options, nvml));
    }

    private static void Set(WorkerOptions workers, FactoryOptions options, NvmlDevices nvml)
    {
        (workers.Devices, workers.PriceBook) = (SiloDevices.Of(options, nvml), options.PriceBook);
        (workers.LoadedModelBytesMax, workers.IdleUnloadAfter) = (options.ModelMemoryBytesMax, options.ModelIdleUnloadAfter);
        workers.Sequences = workers.Sequences with { SequencesMax = options.SequencesMax, IdleSecondsMax = options.SequenceIdleMax.TotalSeconds };
        workers.ModelLoadsMax = options.ModelLoadsMax > 0 ? options.ModelLoadsMax : workers.ModelLoadsMax;
    }

    private static void AddFactorySilo(this ISiloBuilder silo, FactoryOptions options, FactoryFolder folder, SiloSeat? seat)
    {
        if (seat is null)
            silo.UseEmbeddedCluster(options.SiloName).AddEmbeddedStateStore(folder.StateDatabase);
        else
            silo.UsePostgresCluster(options, seat.ConnectionString).AddPostgresStateStore(seat.ConnectionString).OfferGrainsOfRoles(options);
        silo.TuneMembership();
        silo.Services.AddOwningSiloPlacement();
        if (options.DashboardOn)
            silo.AddDashboard();
    }
}
