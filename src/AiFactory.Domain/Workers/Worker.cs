namespace AiFactory.Domain.Workers;

/// <summary>Grain key of a worker: <c>siloName/device</c>. Placement sends it to the silo of that name, which owns the device.</summary>
public readonly record struct WorkerKey(string SiloName, string Device)
{
    public string ToGrainKey() => $"{SiloName}/{Device}";

    public static WorkerKey FromGrainKey(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return new(key[..slash], key[(slash + 1)..]);
    }

    public override string ToString() => ToGrainKey();
}

public enum DeviceKind
{
    Cpu,
    Gpu,
}

/// <summary>A thing that computes: a CPU slot, a GPU, or a slice of one (MIG).</summary>
/// <param name="Name">Unique in its silo: <c>cpu-0</c>, <c>gpu-0</c>, <c>gpu-0-mig-1</c>.</param>
/// <param name="Model">What the price book rates: <c>cpu-slot</c>, or the GPU's model name, of a slice with its profile.</param>
/// <param name="Tier">How it is paid for: see <see cref="DeviceTier"/>.</param>
/// <param name="Identity">Which physical thing it is, wherever it is named: see <see cref="DeviceIdentity"/>; null: not known.</param>
/// <param name="MemoryBytes">Of the device itself; 0: it has none of its own, or it is not known.</param>
/// <param name="Slice">Profile of a MIG slice, e.g. <c>1g.10gb</c>; null: a whole device.</param>
public sealed record Device(string Name, DeviceKind Kind, string Model, string Tier = DeviceTier.OnDemand, string? Identity = null, long MemoryBytes = 0, string? Slice = null);

/// <summary>A worker as it stands.</summary>
/// <param name="LoadedModels">Model versions in memory, <c>tenant/name/version</c>.</param>
/// <param name="BusyFraction">Share of wall time since start that the device computed, 0 to 1.</param>
/// <param name="WaitingRows">Rows that wait for a batch.</param>
/// <param name="Batching">Of each model in memory.</param>
/// <param name="Reading">What the device's own instruments last said; null: it has none.</param>
public sealed record WorkerStatus(
    WorkerKey Key,
    Device Device,
    IReadOnlyList<string> LoadedModels,
    IReadOnlyList<string> TrainingRuns,
    long Batches,
    long Rows,
    double BusyFraction,
    int WaitingRows = 0,
    IReadOnlyList<BatchLimits>? Batching = null,
    DeviceReading? Reading = null);

/// <summary>What tuning has come to for a model on a device.</summary>
/// <param name="BatchRowsMax">Rows of a batch of several messages.</param>
/// <param name="HoldMicroseconds">How long a batch that is not full is held back, in microseconds; 0: not at all.</param>
public sealed record BatchLimits(string Model, int BatchRowsMax, long HoldMicroseconds);
