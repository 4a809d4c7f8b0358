using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Workers;

/// <summary>Whether a worker may be given work.</summary>
public enum WorkerStanding
{
    /// <summary>It takes work.</summary>
    Ready,

    /// <summary>By an operator's word it takes no new work, and ends what it has.</summary>
    Draining,

    /// <summary>By an operator's word it is out of use.</summary>
    Removed,

    /// <summary>Its device is held by another silo, or not yet claimed.</summary>
    Unclaimed,

    /// <summary>Its device is gone.</summary>
    Lost,

    /// <summary>It cannot be used for another reason, which is told.</summary>
    Refused,

    /// <summary>Its silo is dead, or silent for too long.</summary>
    Gone,
}

/// <summary>What an operator wants of a worker. Kept until it is taken back.</summary>
public enum WorkerOrder
{
    None,

    /// <summary>No new work; what it has ends, then its device is released.</summary>
    Drain,

    /// <summary>Out of use at once; what it has goes elsewhere.</summary>
    Remove,
}

/// <summary>A worker as its own silo reports it.</summary>
/// <param name="Standing">As far as the silo knows.</param>
/// <param name="Reason">Why it is not ready; null when it is.</param>
/// <param name="ClaimToken">Under which its device is held; 0: it needs no claim, or has none.</param>
/// <param name="ModelBytesMax">Memory for models; 0: not known.</param>
/// <param name="UsdPerHour">By the silo's price book.</param>
public sealed record WorkerReport(
    Device Device,
    WorkerStanding Standing,
    Refusal? Reason = null,
    long ClaimToken = 0,
    long ModelBytesMax = 0,
    decimal UsdPerHour = 0,
    int PriceBookVersion = 0,
    DeviceReading? Reading = null);

/// <summary>What a silo says, at start, every few seconds and when something changes, of its workers.</summary>
/// <param name="SiloAddress">Names this run of the silo; a restart has another one.</param>
/// <param name="Version">Of the program it runs.</param>
public sealed record WorkersReport(string SiloName, string SiloAddress, string Version, IReadOnlyList<WorkerReport> Workers);

/// <summary>What the pool answers.</summary>
/// <param name="Orders">By device name; none for those that have none.</param>
public sealed record PoolAnswer(IReadOnlyDictionary<string, WorkerOrder> Orders);

/// <summary>A worker as the cluster knows it.</summary>
/// <param name="Reason">Why it is not ready, a sentence; null when it is.</param>
/// <param name="SiloAddress">Null: reported by a silo that does not tell.</param>
/// <param name="Order">The operator's word that stands.</param>
public sealed record PooledWorker(
    WorkerKey Key,
    Device Device,
    WorkerStanding Standing,
    string? Reason = null,
    string? SiloAddress = null,
    string? Version = null,
    long ClaimToken = 0,
    long ModelBytesMax = 0,
    decimal UsdPerHour = 0,
    int PriceBookVersion = 0,
    DeviceReading? Reading = null,
    WorkerOrder Order = WorkerOrder.None);
