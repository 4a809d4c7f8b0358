using AiFactory.Domain.Workers;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Workers;

namespace AiFactory.Grains.Tests.Workers;

[Collection(FactoryClusterDefinition.Name)]
public sealed class DeviceClaimGrainTests(FactoryCluster factory)
{
    private static readonly WorkerKey First = new("silo-a", "gpu-0"), Second = new("silo-b", "gpu-0");

    private string Alive(int silo) => factory.Cluster.Silos[silo].SiloAddress.ToParsableString();

    [Fact]
    public async Task Claim_HeldByALivingSilo_IsRefusedAlsoAfterDeactivationAndUntilReleased()
    {
        var grain = factory.Grains.GetGrain<IDeviceClaimGrain>("GPU-1");
        var claim = await grain.Claim(First, Alive(0));
        Assert.Equal((1, First), (claim.Token, claim.Holder));
        var refused = await Condition.Refused(() => grain.Claim(Second, Alive(1)));
        Assert.Equal("device-claimed", refused.Code);
        Assert.Contains("silo-a/gpu-0", refused.What, StringComparison.Ordinal);

        await factory.Deactivate(grain);
        Assert.Equal("device-claimed", (await Condition.Refused(() => grain.Claim(Second, Alive(1)))).Code);
        Assert.Equal(1, (await grain.Renew(First, 1)).Token);

        await grain.Release(First, 1);
        await factory.Deactivate(grain);
        Assert.Equal((2, Second), ((await grain.Claim(Second, Alive(1))) is var passed ? (passed.Token, passed.Holder) : default));
        Assert.Equal("device-claim-lost", (await Condition.Refused(() => grain.Renew(First, 1))).Code);
    }

    [Fact]
    public async Task Claim_HolderOfAnotherCluster_IsTakenBackByItsOwnWorkerAtOnceAndByOthersNotYet()
    {
        var grain = factory.Grains.GetGrain<IDeviceClaimGrain>("GPU-2");
        await grain.Claim(First, "127.0.0.1:1@1");

        Assert.Contains("its claim has run out", (await Condition.Refused(() => grain.Claim(Second, Alive(1)))).Mend, StringComparison.Ordinal);
        Assert.Equal((2, First), (await grain.Claim(First, Alive(0))) is var again ? (again.Token, again.Holder) : default);
    }
}
