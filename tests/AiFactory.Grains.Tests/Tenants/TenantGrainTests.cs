using AiFactory.Domain.Tenants;
using AiFactory.Grains.Tenants;
using AiFactory.Grains.Tests.Cluster;

namespace AiFactory.Grains.Tests.Tenants;

[Collection(FactoryClusterDefinition.Name)]
public sealed class TenantGrainTests(FactoryCluster factory)
{
    private IApiKeyDirectoryGrain Directory => factory.Grains.GetGrain<IApiKeyDirectoryGrain>(ApiKeyDirectory.Key);

    [Fact]
    public async Task Get_Default_IsThereWithoutSetUp() => Assert.Equal("default", (await Tenant("default").Get()).Name);

    [Fact]
    public async Task Get_Unknown_IsRefused() => Assert.Equal("tenant-not-found", (await Condition.Refused(Tenant("nobody").Get)).Code);

    [Fact]
    public async Task CreateApiKey_New_IsKeptAsHashOnlyAndPublished()
    {
        var tenant = Tenant("acme");
        var key = await tenant.CreateApiKey();
        await factory.Deactivate(tenant);
        await factory.Deactivate(Directory);

        Assert.StartsWith("aif_", key, StringComparison.Ordinal);
        Assert.Equal([ApiKey.Hash(key)], (await tenant.Get()).ApiKeyHashes);
        Assert.Equal("acme", (await Directory.List())[ApiKey.Hash(key)]);
    }

    [Fact]
    public async Task RevokeApiKey_Known_IsGone()
    {
        var tenant = Tenant("leaver");
        var key = await tenant.CreateApiKey();
        await tenant.RevokeApiKey(ApiKey.Hash(key));
        await factory.Deactivate(tenant);

        Assert.Empty((await tenant.Get()).ApiKeyHashes);
        Assert.DoesNotContain(ApiKey.Hash(key), (await Directory.List()).Keys);
        Assert.Equal("api-key-not-found", (await Condition.Refused(() => tenant.RevokeApiKey(ApiKey.Hash(key)))).Code);
    }

    [Fact]
    public async Task SetLimits_Known_ArePublishedAndTakenAway()
    {
        var tenant = Tenant("limited");
        await tenant.CreateApiKey();
        await tenant.SetLimits(new(10, 5, 2));
        await factory.Deactivate(tenant);
        await factory.Deactivate(Directory);

        Assert.Equal(new TenantLimits(10, 5, 2), (await tenant.Get()).Limits);
        Assert.Equal(new TenantLimits(10, 5, 2), (await Directory.Limits())["limited"]);
        Assert.Contains("limited", (await Directory.List()).Values);
        Assert.Equal("tenant-limits-invalid", (await Condition.Refused(() => tenant.SetLimits(new(-1)))).Code);

        await tenant.SetLimits(TenantLimits.None);
        await factory.Deactivate(Directory);
        Assert.DoesNotContain("limited", (await Directory.Limits()).Keys);
    }

    private ITenantGrain Tenant(string name) => factory.Grains.GetGrain<ITenantGrain>(name);
}
