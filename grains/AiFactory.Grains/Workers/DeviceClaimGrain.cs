using AiFactory.Domain.Workers;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Workers;

/// <summary>
/// Every word of a holder is written before it counts: a second activation, on a silo that was cut off, fails at its next write and can keep nobody's claim
/// alive.
/// </summary>
[GrainType("device-claim")]
internal sealed class DeviceClaimGrain(
    [PersistentState("device-claim", StateStore.Name)] IPersistentState<DeviceClaimState> state, SiloMembers members, TimeProvider time) : Grain, IDeviceClaimGrain
{
    private readonly long _began = time.GetTimestamp();
    private ClaimWatch _watch;

    private TimeSpan Now => time.GetElapsedTime(_began);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _watch = new(state.State.Claim?.Token ?? 0, state.State.Claim?.Renewals ?? 0, Now);
        return Task.CompletedTask;
    }

    public async Task<DeviceClaim> Claim(WorkerKey worker, string siloAddress)
    {
        var holderIsDead = false;
        if (state.State.Claim is { Holder: not null, SiloAddress: { } other } && other != siloAddress)
        {
            // Another activation may have heard its holder.
            await state.ReadStateAsync();
            holderIsDead = await members.IsDead(other) && state.State.Claim?.SiloAddress == other;
        }

        _watch = _watch.Look(state.State.Claim, Now);
        return await Keep(DeviceClaimRules.Claim(state.State.Claim, this.GetPrimaryKeyString(), worker, siloAddress, holderIsDead, Now - _watch.SeenAt).OrThrow());
    }

    public async Task<DeviceClaim> Renew(WorkerKey worker, long token)
    {
        var renewed = DeviceClaimRules.Renew(state.State.Claim, this.GetPrimaryKeyString(), worker, token);
        if (!renewed.Granted)
        {
            // Another activation may have given it the claim.
            await state.ReadStateAsync();
            renewed = DeviceClaimRules.Renew(state.State.Claim, this.GetPrimaryKeyString(), worker, token);
        }

        return await Keep(renewed.OrThrow());
    }

    public Task Release(WorkerKey worker, long token) =>
        DeviceClaimRules.Release(state.State.Claim, worker, token) is { } released && released != state.State.Claim ? Keep(released) : Task.CompletedTask;

    private async Task<DeviceClaim> Keep(DeviceClaim claim)
    {
        await state.Save(new DeviceClaimState { Claim = claim });
        _watch = _watch.Look(claim, Now);
        return claim;
    }
}

[GenerateSerializer, Alias("aifactory.device-claim-state")]
internal sealed class DeviceClaimState
{
    [Id(0)]
    public DeviceClaim? Claim { get; set; }
}
