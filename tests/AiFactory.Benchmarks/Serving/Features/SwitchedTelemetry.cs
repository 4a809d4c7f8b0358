using System.Diagnostics.Metrics;
using AiFactory.Hosting.Options;
using AiFactory.Hosting.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace AiFactory.Benchmarks.Serving.Features;

/// <summary>The product's listener to all meters, which can be taken away and put back while the process serves.</summary>
internal sealed class SwitchedTelemetry(FactoryOptions options) : IDisposable
{
    private readonly Meter _probe = new("AiFactory.Benchmarks.Probe");
    private ServiceProvider? _listening;

    /// <summary>Takes what the product registered for telemetry out of a host, so that only the switch decides who listens.</summary>
    public static void Remove(IServiceCollection services)
    {
        var theirs = services.Where(service => IsTelemetry(service.ServiceType) || (!service.IsKeyedService && IsTelemetry(service.ImplementationType))).ToArray();
        if (theirs.Length == 0)
        {
            throw new InvalidOperationException("The host has no telemetry to switch.");
        }

        foreach (var service in theirs)
        {
            services.Remove(service);
        }
    }

    /// <exception cref="InvalidOperationException">The instruments do not show the state wanted.</exception>
    public void Switch(bool on)
    {
        if (on && _listening is null)
        {
            _listening = new ServiceCollection().AddLogging().AddFactoryTelemetry(options).BuildServiceProvider();
            _ = _listening.GetRequiredService<MeterProvider>();
        }
        else if (!on)
        {
            _listening?.Dispose();
            _listening = null;
        }

        if (_probe.CreateCounter<long>("aifactory.probe").Enabled != on)
        {
            throw new InvalidOperationException($"Metrics are {(on ? "on" : "off")} and instruments {(on ? "have no listener" : "have one")}.");
        }
    }

    public void Dispose()
    {
        _listening?.Dispose();
        _probe.Dispose();
    }

    private static bool IsTelemetry(Type? type) => type?.Assembly.GetName().Name?.StartsWith("OpenTelemetry", StringComparison.Ordinal) == true;
}
