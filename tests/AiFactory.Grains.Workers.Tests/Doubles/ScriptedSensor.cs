using System.Collections.Concurrent;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;

namespace AiFactory.Grains.Workers.Tests.Doubles;

/// <summary>Instruments that say what the test wants.</summary>
internal sealed class ScriptedSensor : IDeviceSensor
{
    /// <summary>By device name.</summary>
    public ConcurrentDictionary<string, DeviceSight> Sights { get; } = new();

    public DeviceSight? Look(Device device) => Sights.GetValueOrDefault(device.Name);
}
