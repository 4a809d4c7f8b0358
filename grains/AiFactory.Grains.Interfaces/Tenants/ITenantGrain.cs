using AiFactory.Domain.Tenants;

namespace AiFactory.Grains.Tenants;

/// <summary>A tenant and its API keys. Key: tenant name.</summary>
[Alias("aifactory.tenant")]
public interface ITenantGrain : IGrainWithStringKey
{
    [Alias("Get")]
    Task<Tenant> Get();

    /// <summary>Makes a new API key and returns it; only its hash is kept.</summary>
    [Alias("CreateApiKey")]
    Task<string> CreateApiKey();

    [Alias("RevokeApiKey")]
    Task RevokeApiKey(string apiKeyHash);
}

/// <summary>Which tenant a key belongs to, as one snapshot for gateways. Key: <c>all</c>.</summary>
[Alias("aifactory.api-key-directory")]
public interface IApiKeyDirectoryGrain : IGrainWithStringKey
{
    /// <summary>Replaces a tenant's keys.</summary>
    [Alias("Publish")]
    Task Publish(string tenant, IReadOnlyList<string> apiKeyHashes);

    /// <summary>Tenant by key hash.</summary>
    [Alias("List")]
    Task<IReadOnlyDictionary<string, string>> List();
}
