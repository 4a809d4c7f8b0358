using AiFactory.Domain.Tenants;

namespace AiFactory.Grains.Tenants;

[GenerateSerializer, Alias("aifactory.tenant-state")]
internal sealed class TenantState
{
    [Id(0)]
    public Tenant? Tenant { get; set; }
}

[GenerateSerializer, Alias("aifactory.api-key-directory-state")]
internal sealed class ApiKeyDirectoryState
{
    /// <summary>Key hashes by tenant.</summary>
    [Id(0)]
    public Dictionary<string, string[]> Hashes { get; set; } = [];

    /// <summary>Limits by tenant, of those that have some.</summary>
    [Id(1)]
    public Dictionary<string, TenantLimits> Limits { get; set; } = [];
}
