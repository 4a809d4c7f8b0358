namespace AiFactory.Domain.Workers;

/// <summary>Which silos were heard of when, and what devices they own. Times are of one clock that never goes back.</summary>
public sealed class WorkerRoll
{
    /// <summary>A silo that is silent for longer is taken off the list.</summary>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, (IReadOnlyList<Device> Devices, TimeSpan HeardAt)> _silos = [];

    public void Hear(string siloName, IReadOnlyList<Device> devices, TimeSpan now) => _silos[siloName] = (devices, now);

    /// <summary>Workers of silos heard of lately, in key order.</summary>
    public IReadOnlyList<WorkerKey> Present(TimeSpan now) =>
        _silos.Where(silo => now - silo.Value.HeardAt <= SilenceMax)
            .SelectMany(silo => silo.Value.Devices.Select(device => new WorkerKey(silo.Key, device.Name)))
            .OrderBy(key => key.ToGrainKey(), StringComparer.Ordinal)
            .ToArray();
}
