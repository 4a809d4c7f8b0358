namespace AiFactory.Domain.Workers;

/// <summary>Which silos were heard of when, and what devices they own. Times are of one clock that never goes back.</summary>
public sealed class WorkerRoll
{
    /// <summary>A silo that is silent for longer is taken off the list.</summary>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(15);

    /// <summary>A silo that is silent for longer is forgotten.</summary>
    public static readonly TimeSpan MemoryMax = TimeSpan.FromMinutes(30);

    private readonly Dictionary<string, (WorkersReport Report, TimeSpan HeardAt)> _silos = new(StringComparer.Ordinal);

    /// <summary>A silo that tells its devices and nothing else.</summary>
    public void Hear(string siloName, IReadOnlyList<Device> devices, TimeSpan now) =>
        _silos[siloName] = (new WorkersReport(siloName, "", "", [.. devices.Select(device => new WorkerReport(device, WorkerStanding.Ready))]), now);

    /// <param name="isDown">Whether membership calls a silo, by its address, dead or leaving.</param>
    public void Hear(WorkersReport report, TimeSpan now, Func<string, bool> isDown)
    {
        // A word of the run before, come late, says nothing of the silo as it is.
        if (!isDown(report.SiloAddress) || !_silos.TryGetValue(report.SiloName, out var known) || known.Report.SiloAddress == report.SiloAddress)
        {
            _silos[report.SiloName] = (report, now);
        }

        foreach (var forgotten in _silos.Where(silo => now - silo.Value.HeardAt > MemoryMax).Select(silo => silo.Key).ToArray())
        {
            _silos.Remove(forgotten);
        }
    }

    /// <summary>Workers that may be given work, in key order.</summary>
    public IReadOnlyList<WorkerKey> Present(TimeSpan now) => Present(now, WorkerOrders.None, static _ => false);

    /// <inheritdoc cref="Present(TimeSpan)"/>
    public IReadOnlyList<WorkerKey> Present(TimeSpan now, WorkerOrders orders, Func<string, bool> isDown) =>
        [.. All(now, orders, isDown).Where(worker => worker.Standing == WorkerStanding.Ready).Select(worker => worker.Key)];

    /// <summary>All workers heard of, in key order; those of silos that are dead or silent too, for a while.</summary>
    public IReadOnlyList<PooledWorker> All(TimeSpan now, WorkerOrders orders, Func<string, bool> isDown) =>
        [.. _silos.Values
            .SelectMany(silo => silo.Report.Workers.Select(worker => Stand(silo.Report, worker, now - silo.HeardAt, orders, isDown)))
            .OrderBy(worker => worker.Key.ToGrainKey(), StringComparer.Ordinal)];

    /// <summary>Whether anything was heard of a silo since the roll began, or was forgotten again.</summary>
    public bool Knows(string siloName) => _silos.ContainsKey(siloName);

    /// <summary>What operators want of a silo's devices.</summary>
    public static PoolAnswer Answer(WorkersReport report, WorkerOrders orders) => new(report.Workers
        .Select(worker => (worker.Device.Name, Order: orders.Of(new WorkerKey(report.SiloName, worker.Device.Name))))
        .Where(ordered => ordered.Order != WorkerOrder.None)
        .ToDictionary(ordered => ordered.Name, ordered => ordered.Order));

    private static PooledWorker Stand(WorkersReport silo, WorkerReport worker, TimeSpan silence, WorkerOrders orders, Func<string, bool> isDown)
    {
        var key = new WorkerKey(silo.SiloName, worker.Device.Name);
        var order = orders.Of(key);
        var (standing, reason) =
            silo.SiloAddress.Length > 0 && isDown(silo.SiloAddress) ? (WorkerStanding.Gone, $"Silo {silo.SiloName} is dead or leaving.")
            : silence > SilenceMax ? (WorkerStanding.Gone, $"Silo {silo.SiloName} was not heard of for {silence.TotalSeconds:0} s.")
            : worker.Standing == WorkerStanding.Lost ? (worker.Standing, worker.Reason?.ToString())
            : order == WorkerOrder.Remove ? (WorkerStanding.Removed, "Removed by an operator.")
            : order == WorkerOrder.Drain ? (WorkerStanding.Draining, "Drained by an operator.")
            : (worker.Standing, worker.Reason?.ToString());
        return new(key, worker.Device, standing, reason, silo.SiloAddress, silo.Version, worker.ClaimToken, worker.ModelBytesMax, worker.UsdPerHour, worker.PriceBookVersion,
            worker.Reading, order);
    }
}
