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

/// <summary>A thing that computes: a CPU slot or a GPU.</summary>
/// <param name="Name">Unique in its silo: <c>cpu-0</c>, <c>gpu-0</c>.</param>
/// <param name="Model">What the price book rates: <c>cpu-slot</c>, or the GPU's model name.</param>
public sealed record Device(string Name, DeviceKind Kind, string Model, string Tier = "on-demand");

/// <summary>A worker as it stands.</summary>
/// <param name="LoadedModels">Model versions in memory, <c>tenant/name/version</c>.</param>
/// <param name="BusyFraction">Share of wall time since start that the device computed, 0 to 1.</param>
/// <param name="WaitingRows">Rows that wait for a batch.</param>
/// <param name="Batching">Of each model in memory.</param>
public sealed record WorkerStatus(
    WorkerKey Key,
    Device Device,
    IReadOnlyList<string> LoadedModels,
    IReadOnlyList<string> TrainingRuns,
    long Batches,
    long Rows,
    double BusyFraction,
    int WaitingRows = 0,
    IReadOnlyList<BatchLimits>? Batching = null);

/// <summary>What tuning has come to for a model on a device.</summary>
/// <param name="BatchRowsMax">Rows of a batch of several messages.</param>
/// <param name="HoldMicroseconds">How long a batch that is not full is held back, in microseconds; 0: not at all.</param>
public sealed record BatchLimits(string Model, int BatchRowsMax, long HoldMicroseconds);
