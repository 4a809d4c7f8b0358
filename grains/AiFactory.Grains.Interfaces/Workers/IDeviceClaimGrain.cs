using AiFactory.Domain.Workers;

namespace AiFactory.Grains.Workers;

/// <summary>Who holds a device that several silos can reach. Key: <see cref="Device.Identity"/>.</summary>
[Alias("aifactory.device-claim"), Version(1)]
public interface IDeviceClaimGrain : IGrainWithStringKey
{
    /// <summary>Gives the device to that worker when it is free, or its holder dead; the same claim, renewed, to its holder.</summary>
    /// <param name="siloAddress">The present run of the worker's silo.</param>
    /// <exception cref="Domain.Refusals.RefusedException"><c>device-claimed</c>: by another.</exception>
    [Alias("Claim")]
    Task<DeviceClaim> Claim(WorkerKey worker, string siloAddress);

    /// <summary>The holder is at work still.</summary>
    /// <exception cref="Domain.Refusals.RefusedException"><c>device-claim-lost</c>: it is the holder no more.</exception>
    [Alias("Renew")]
    Task<DeviceClaim> Renew(WorkerKey worker, long token);

    /// <summary>The holder needs it no more. No effect when it is not the holder.</summary>
    [Alias("Release")]
    Task Release(WorkerKey worker, long token);
}
