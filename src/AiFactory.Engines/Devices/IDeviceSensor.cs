using AiFactory.Domain.Workers;

namespace AiFactory.Engines.Devices;

/// <summary>Reads a device's own instruments. Safe for use by several threads; may take long where a driver hangs.</summary>
public interface IDeviceSensor
{
    /// <returns>What it says, or that it is lost; null: it has none of these instruments.</returns>
    DeviceSight? Look(Device device);
}
