namespace AiFactory.Grains.Workers;

/// <summary>What membership says of a run of a silo, by its address.</summary>
internal sealed class SiloMembers(IClusterMembershipService membership)
{
    /// <summary>Whether it is dead or leaving, as far as this silo has heard. One it has not heard of may just have joined.</summary>
    public bool IsDown(string address) => Status(address) is SiloStatus.Dead or SiloStatus.ShuttingDown or SiloStatus.Stopping;

    /// <summary>Whether it is over, by the membership table read anew: a run that is not in it was before this cluster.</summary>
    public async Task<bool> IsDead(string address)
    {
        await membership.Refresh();
        return Status(address) is SiloStatus.Dead or SiloStatus.None;
    }

    private SiloStatus? Status(string address) => SiloAddress.TryParse(address, null, out var parsed) ? membership.CurrentSnapshot.GetSiloStatus(parsed) : null;
}
