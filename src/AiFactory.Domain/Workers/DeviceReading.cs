namespace AiFactory.Domain.Workers;

/// <summary>What a device's own instruments say. Null: it does not tell.</summary>
/// <param name="MemoryUsedBytes">Of all that use it, the driver too.</param>
/// <param name="Utilisation">Share of the last sample period in which it computed, 0 to 1.</param>
public sealed record DeviceReading(
    long? MemoryTotalBytes = null,
    long? MemoryUsedBytes = null,
    double? Utilisation = null,
    double? PowerWatts = null,
    double? PowerLimitWatts = null,
    double? TemperatureCelsius = null);

/// <summary>What became of looking at a device.</summary>
/// <param name="Lost">Why it can be used no more, e.g. that it fell off its bus; null: it is there.</param>
public sealed record DeviceSight(DeviceReading? Reading, string? Lost = null);
