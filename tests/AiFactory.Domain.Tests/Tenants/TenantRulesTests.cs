using AiFactory.Domain.Tenants;

namespace AiFactory.Domain.Tests.Tenants;

public sealed class TenantRulesTests
{
    [Fact]
    public void Get_Default_NeedsNoSetUp()
    {
        Assert.True(TenantRules.Get(null, Tenant.Default, default).Granted);
        Assert.Equal("tenant-not-found", TenantRules.Get(null, "acme", default).Refusal!.Code);
    }

    [Fact]
    public void AddKey_TooMany_IsRefused()
    {
        var full = new Tenant("acme", [.. Enumerable.Range(0, TenantRules.ApiKeysMax).Select(i => $"{i}")], default);
        Assert.Equal("api-keys-too-many", TenantRules.AddKey(full, "acme", "x", default).Refusal!.Code);
        Assert.Equal("name-invalid", TenantRules.AddKey(null, "Acme", "x", default).Refusal!.Code);
    }

    [Fact]
    public void Format_Bytes_IsUrlSafeAndHashIsKnown()
    {
        var key = ApiKey.Format(Enumerable.Repeat((byte)0xFF, ApiKey.RandomBytes).ToArray());
        Assert.Equal("aif_" + new string('_', 42) + "8", key);
        // SHA-256 of "abc", FIPS 180-2 appendix B.1.
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", ApiKey.Hash("abc"));
    }
}
