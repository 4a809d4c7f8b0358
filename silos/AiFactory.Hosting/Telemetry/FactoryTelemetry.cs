using AiFactory.Hosting.Options;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace AiFactory.Hosting.Telemetry;

/// <summary>Metrics for Prometheus always; metrics and traces by OTLP where a collector is named.</summary>
internal static class FactoryTelemetry
{
    private const string OwnInstruments = "AiFactory*";

    public static IServiceCollection AddFactoryTelemetry(this IServiceCollection services, FactoryOptions options)
    {
        var telemetry = services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            // Not the meter of ASP.NET Core's hosting: it costs each decision about 2 us; the gateway counts all other requests itself.
            metrics.AddMeter(OwnInstruments, "Microsoft.Orleans", "Microsoft.AspNetCore.Server.Kestrel");
            metrics.AddRuntimeInstrumentation().AddPrometheusExporter();
            if (options.OtlpEndpoint is { } collector)
                metrics.AddOtlpExporter(exporter => exporter.Endpoint = collector);
        });
        // Without a collector nobody would see a trace, and every request would pay for one.
        if (options.OtlpEndpoint is { } endpoint)
        {
            telemetry.WithTracing(traces => traces
                .AddAspNetCoreInstrumentation()
                .AddSource(OwnInstruments, "Microsoft.Orleans.Application")
                .AddOtlpExporter(exporter => exporter.Endpoint = endpoint));
        }

        return services;
    }
}
