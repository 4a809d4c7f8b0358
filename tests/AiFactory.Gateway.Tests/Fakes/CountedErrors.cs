using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway.Fakes;

/// <summary>What one gateway has counted as errors since this was made.</summary>
internal sealed class CountedErrors : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<(string Type, string Endpoint)> _counted = [];
    private readonly MeterListener _listener = new();

    public CountedErrors(IServiceProvider services)
    {
        var factory = services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Other gateways of this process have meters of the same name.
            if (instrument.Name == "aifactory.gateway.errors" && instrument.Meter.Scope == factory)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Count(tags));
        _listener.Start();
    }

    public IReadOnlyList<(string Type, string Endpoint)> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _counted];
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Count(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var byName = new Dictionary<string, object?>(tags.ToArray());
        lock (_gate)
        {
            _counted.Add(((string)byName["error.type"]!, (string)byName["endpoint"]!));
        }
    }
}
