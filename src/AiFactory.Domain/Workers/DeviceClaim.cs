using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Workers;

/// <summary>Who holds a device.</summary>
/// <param name="Identity">See <see cref="DeviceIdentity"/>.</param>
/// <param name="Token">Grows with every holder; an older one counts for nothing.</param>
/// <param name="Holder">Null: released.</param>
/// <param name="SiloAddress">The run of the holder's silo; null: released.</param>
/// <param name="Renewals">Grows with each word of the holder, so that whoever waits for its silence can tell.</param>
public sealed record DeviceClaim(string Identity, long Token, WorkerKey? Holder, string? SiloAddress, long Renewals);

/// <summary>When whoever looks after a claim saw it as it is. Times are of one clock of that process, which never goes back.</summary>
public readonly record struct ClaimWatch(long Token, long Renewals, TimeSpan SeenAt)
{
    /// <summary>The watch after another look: time counts from when the claim was first seen as it is now.</summary>
    public ClaimWatch Look(DeviceClaim? claim, TimeSpan now) =>
        claim is not null && (claim.Token, claim.Renewals) == (Token, Renewals) ? this : new(claim?.Token ?? 0, claim?.Renewals ?? 0, now);
}

/// <summary>
/// Who may hold a device that several silos can reach. A holder counts its own as valid for <see cref="Lease"/> from when it last asked, on its own clock;
/// another silo gets it only when the holder's silo is dead by membership and nothing was heard of it for <see cref="Lease"/> and <see cref="Margin"/>, or
/// once it was released. So no two silos hold one device at a time, whatever is cut off from whatever, as long as clocks run at the same rate within a tenth.
/// </summary>
public static class DeviceClaimRules
{
    /// <summary>How long a claim is valid from when it was last asked for or renewed.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    /// <summary>What whoever passes a claim on waits beyond that, for clocks that do not run alike.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    /// <summary>The claim as it is once that worker has it.</summary>
    /// <param name="present">As stored; null: nobody ever had it.</param>
    /// <param name="siloAddress">Of the asking worker's silo.</param>
    /// <param name="holderIsDead">Whether membership, read anew, says that the holder's run of its silo is over.</param>
    /// <param name="unchangedFor">For how long the claim was seen as it is.</param>
    public static Ruling<DeviceClaim> Claim(DeviceClaim? present, string identity, WorkerKey worker, string siloAddress, bool holderIsDead, TimeSpan unchangedFor)
    {
        if (present?.Holder is not { } holder)
        {
            return new DeviceClaim(identity, (present?.Token ?? 0) + 1, worker, siloAddress, 0);
        }

        if (present.SiloAddress == siloAddress)
        {
            // One process does not name a device twice; that it is the same device under another name is for its operator to mend.
            return holder == worker
                ? present with { Renewals = present.Renewals + 1 }
                : Claimed(identity, holder, "Give the device once in the silo's configuration.");
        }

        // The same silo, started again: one process at a time holds a silo's data folder, so the one before is over.
        var freed = holderIsDead && (holder == worker || unchangedFor >= Lease + Margin);
        return freed
            ? new DeviceClaim(identity, present.Token + 1, worker, siloAddress, 0)
            : Claimed(identity, holder, holderIsDead
                ? "Its silo is dead: the device passes on once its claim has run out."
                : $"Drain worker {holder} to pass the device on, or take it out of one silo's configuration.");
    }

    /// <summary>The claim, renewed by its holder.</summary>
    public static Ruling<DeviceClaim> Renew(DeviceClaim? present, string identity, WorkerKey worker, long token) =>
        present is not null && present.Token == token && present.Holder == worker
            ? present with { Renewals = present.Renewals + 1 }
            : new Refusal("device-claim-lost", RefusalKind.Conflict, present?.Holder is { } holder
                ? $"Device {identity} is held by worker {holder} under token {present.Token}, not {token}."
                : $"Device {identity} is not held under token {token}.", identity, "The worker asks for it again by itself.");

    /// <summary>The claim without a holder; the same when that token is not the present one.</summary>
    public static DeviceClaim? Release(DeviceClaim? present, WorkerKey worker, long token) =>
        present is not null && present.Token == token && present.Holder == worker ? present with { Holder = null, SiloAddress = null } : present;

    private static Refusal Claimed(string identity, WorkerKey holder, string mend) =>
        new("device-claimed", RefusalKind.Conflict, $"Device {identity} is held by worker {holder}.", identity, mend);
}
