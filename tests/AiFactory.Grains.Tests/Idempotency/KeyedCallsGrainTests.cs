using AiFactory.Domain.Idempotency;
using AiFactory.Domain.Tenants;
using AiFactory.Grains.Idempotency;
using AiFactory.Grains.Tenants;
using AiFactory.Grains.Tests.Cluster;

namespace AiFactory.Grains.Tests.Idempotency;

[Collection(FactoryClusterDefinition.Name)]
public sealed class KeyedCallsGrainTests(FactoryCluster cluster)
{
    private static readonly KeptAnswer Answer = new(201, new Dictionary<string, string> { ["Location"] = "/v1/x" }, [1, 2, 3]);

    [Fact]
    public async Task Complete_ThenDeactivated_GivesTheAnswer()
    {
        var grain = Grain("complete");
        await grain.Claim("k", "print", "one", null);
        Assert.True(await grain.Complete("k", "one", Answer));
        await cluster.Deactivate(grain);

        var claimed = await grain.Claim("k", "print", "two", null);

        Assert.Equal((201, "/v1/x"), (claimed.Answer!.Status, claimed.Answer.Headers["Location"]));
        Assert.Equal(Answer.Body, claimed.Answer.Body);
    }

    [Fact]
    public async Task Claim_SiloOfTheGrainKilled_StaysTheHolders()
    {
        await using var own = new FactoryCluster();
        await own.InitializeAsync();
        var grain = own.Grains.GetGrain<IKeyedCallsGrain>(new KeyedCallsKey("killed", 1).ToGrainKey());
        await grain.Claim("k", "print", "one", new("silo-1", 7));
        await own.KillOwner(grain);

        Assert.Equal(KeyedCallRules.UnderWay, (await Condition.Refused(() => Reached(() => grain.Claim("k", "print", "two", new("silo-2", 9))))).Code);
        Assert.True(await Reached(() => grain.Renew("k", "one")));
        Assert.True(await Reached(() => grain.Complete("k", "one", Answer)));
        Assert.NotNull((await Reached(() => grain.Claim("k", "print", "two", new("silo-2", 9)))).Answer);
    }

    [Fact]
    public async Task Release_Decided_TellsTheNextWhereToLook()
    {
        var grain = Grain("release");
        await grain.Claim("k", "print", "one", new("silo-1", 7));
        await grain.Release("k", "one", decided: true, "silo-1");
        await cluster.Deactivate(grain);

        var claimed = await grain.Claim("k", "print", "two", new("silo-2", 9));

        Assert.Equal([new LogPlace("silo-1", 7)], claimed.Earlier);
        Assert.False(await grain.Complete("k", "one", Answer));
    }

    [Fact]
    public async Task CreateApiKey_SameOperationAgain_LeavesOneKey()
    {
        var tenant = cluster.Grains.GetGrain<ITenantGrain>("keyed-tenant");
        var first = await tenant.CreateApiKey("op-1");
        await cluster.Deactivate(tenant);
        var second = await tenant.CreateApiKey("op-1");

        Assert.NotEqual(first, second);
        Assert.Equal([ApiKey.Hash(second)], (await tenant.Get()).ApiKeyHashes);
    }

    private IKeyedCallsGrain Grain(string tenant) => cluster.Grains.GetGrain<IKeyedCallsGrain>(new KeyedCallsKey(tenant, 1).ToGrainKey());

    // While the survivors have not yet seen that the silo is gone.
    private static Task<T> Reached<T>(Func<Task<T>> call)
    {
        return Condition.Until(Try, static done => done.Reached).ContinueWith(static done => done.GetAwaiter().GetResult().Value!, TaskScheduler.Default);

        async Task<(bool Reached, T? Value)> Try()
        {
            try
            {
                return (true, await call());
            }
            catch (Exception failure) when (failure is SiloUnavailableException or OrleansMessageRejectionException or Orleans.Runtime.Messaging.ConnectionFailedException)
            {
                return (false, default);
            }
        }
    }
}
