using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Tenants;

/// <summary>Who is a tenant. The default one needs no set-up; another one is there from its first API key on.</summary>
public static class TenantRules
{
    public const int ApiKeysMax = 100;

    private const int IssuedMax = 16;

    public static Ruling<Tenant> Get(Tenant? present, string name, DateTimeOffset now) =>
        present is not null ? present
        : name == Tenant.Default ? new Tenant(name, [], now)
        : new Refusal("tenant-not-found", RefusalKind.NotFound, $"There is no tenant {name}.", name, "Create an API key for it first.");

    /// <param name="operation">Names the creation. Since keys are not kept, a creation asked for again gives a new one; the one before, which may have reached nobody, is one no more.</param>
    public static Ruling<Tenant> AddKey(Tenant? present, string name, string apiKeyHash, DateTimeOffset now, string? operation = null)
    {
        if (ResourceName.Check("tenant", name) is { Granted: false, Refusal: var refusal })
            return refusal;
        var tenant = present ?? new Tenant(name, [], now);
        if (operation is not null)
        {
            var issued = tenant.Issued ?? [];
            var before = issued.FirstOrDefault(key => key.Operation == operation)?.ApiKeyHash;
            tenant = tenant with
            {
                ApiKeyHashes = [.. tenant.ApiKeyHashes.Where(hash => hash != before)],
                Issued = [.. issued.Where(key => key.Operation != operation).TakeLast(IssuedMax - 1), new IssuedKey(operation, apiKeyHash)],
            };
        }

        return tenant.ApiKeyHashes.Count < ApiKeysMax
            ? tenant with { ApiKeyHashes = [.. tenant.ApiKeyHashes, apiKeyHash] }
            : new Refusal("api-keys-too-many", RefusalKind.TooLarge, $"Tenant {name} has {ApiKeysMax} API keys already.", name, "Revoke one that is no longer used.");
    }

    public static Ruling<Tenant> RevokeKey(Tenant? present, string name, string apiKeyHash) =>
        present is not null && present.ApiKeyHashes.Contains(apiKeyHash)
            ? present with { ApiKeyHashes = [.. present.ApiKeyHashes.Where(kept => kept != apiKeyHash)] }
            : new Refusal("api-key-not-found", RefusalKind.NotFound, $"Tenant {name} has no such API key.", name, "Give the SHA-256 of a key of this tenant.");

    /// <summary>The tenant with other limits; <see cref="TenantLimits.None"/> takes them away.</summary>
    public static Ruling<Tenant> Limit(Tenant? present, string name, TenantLimits limits, DateTimeOffset now)
    {
        if (TenantLimitRules.Check(limits) is { Granted: false, Refusal: var invalid })
            return invalid;
        return Get(present, name, now) is { Granted: true, Value: var tenant }
            ? tenant with { Limits = limits == TenantLimits.None ? null : limits }
            : Get(present, name, now);
    }
}
