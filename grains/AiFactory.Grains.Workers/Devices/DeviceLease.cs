using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>
/// This silo's claim on one device that others can reach too. Valid from when it was asked for, not from when the answer came, so that it runs out here
/// before anybody else can have the device. For one caller at a time.
/// </summary>
internal sealed class DeviceLease(LocalWorker worker, IGrainFactory grains, string siloAddress, TimeProvider time)
{
    private readonly IDeviceClaimGrain _claim = grains.GetGrain<IDeviceClaimGrain>(worker.Described.Identity!);
    private long _askedAt;

    /// <summary>0: not held.</summary>
    public long Token { get; private set; }

    /// <summary>Why it is not held.</summary>
    public Refusal Refused { get; private set; } = new("device-unclaimed", RefusalKind.Unavailable, "The device is not claimed yet.", worker.Key.ToGrainKey(), "Send again in a moment.");

    /// <summary>Time that is left of the claim; zero: none.</summary>
    public TimeSpan Left => Token == 0 || DeviceClaimRules.Lease - time.GetElapsedTime(_askedAt) is var left && left <= TimeSpan.Zero ? TimeSpan.Zero : left;

    /// <summary>Claims the device, or renews the claim.</summary>
    /// <exception cref="Exception">The claim's keeper does not answer; what was held is held until it runs out.</exception>
    public async Task Keep(TimeSpan patience)
    {
        var asked = time.GetTimestamp();
        try
        {
            var claim = await (Token == 0 ? _claim.Claim(worker.Key, siloAddress) : _claim.Renew(worker.Key, Token)).WaitAsync(patience, time);
            (Token, _askedAt) = (claim.Token, asked);
        }
        catch (RefusedException refused)
        {
            (Token, Refused) = (0, refused.Refusal);
        }
    }

    /// <summary>Lets others have the device, which must be closed. If it cannot be told, the claim runs out by itself.</summary>
    public async Task Release(TimeSpan patience)
    {
        if (Token != 0)
        {
            var token = Token;
            Token = 0;
            await _claim.Release(worker.Key, token).WaitAsync(patience, time);
        }
    }
}
