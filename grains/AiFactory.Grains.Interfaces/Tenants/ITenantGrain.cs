using AiFactory.Domain.Tenants;

namespace AiFactory.Grains.Tenants;

/// <summary>A tenant and its API keys. Key: tenant name.</summary>
[Alias("aifactory.tenant"), Version(1)]
public interface ITenantGrain : IGrainWithStringKey
{
    [Alias("Get")]
    Task<Tenant> Get();

    /// <summary>Makes a new API key and returns it; only its hash is kept.</summary>
    /// <param name="operation">Names this creation; the same again gives another key in the place of the first. Null: it has no name.</param>
    [Alias("CreateApiKey")]
    Task<string> CreateApiKey(string? operation = null);

    [Alias("RevokeApiKey")]
    Task RevokeApiKey(string apiKeyHash);

    /// <summary>Replaces the tenant's limits; gateways follow within seconds.</summary>
    [Alias("SetLimits")]
    Task<TenantLimits> SetLimits(TenantLimits limits);
}

/// <summary>Which tenant a key belongs to, and what each tenant may ask, as snapshots for gateways. Key: <c>all</c>.</summary>
[Alias("aifactory.api-key-directory"), Version(1)]
public interface IApiKeyDirectoryGrain : IGrainWithStringKey
{
    /// <summary>Replaces a tenant's keys.</summary>
    [Alias("Publish")]
    Task Publish(string tenant, IReadOnlyList<string> apiKeyHashes);

    /// <summary>Tenant by key hash.</summary>
    [Alias("List")]
    Task<IReadOnlyDictionary<string, string>> List();

    /// <summary>Replaces a tenant's limits; null takes them away.</summary>
    [Alias("PublishLimits")]
    Task PublishLimits(string tenant, TenantLimits? limits);

    /// <summary>The limits of every tenant that has some.</summary>
    [Alias("Limits")]
    Task<IReadOnlyDictionary<string, TenantLimits>> Limits();
}
