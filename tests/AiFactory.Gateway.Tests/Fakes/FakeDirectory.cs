using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using AiFactory.Domain.Tenants;
using AiFactory.Grains.Tenants;

namespace AiFactory.Gateway.Fakes;

/// <summary>The directory of API keys, and tenants that issue them.</summary>
internal sealed class FakeDirectory : IApiKeyDirectoryGrain
{
    private readonly ConcurrentDictionary<string, string> _tenants = new();

    private readonly ConcurrentDictionary<string, TenantLimits> _limits = new();

    public int Reads { get; private set; }

    public void Allow(string key, string tenant) => _tenants[Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))] = tenant;

    public Task<IReadOnlyDictionary<string, string>> List()
    {
        Reads++;
        return Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>(_tenants));
    }

    public Task Publish(string tenant, IReadOnlyList<string> apiKeyHashes) => throw new NotSupportedException();

    public Task PublishLimits(string tenant, TenantLimits? limits)
    {
        _limits[tenant] = limits ?? TenantLimits.None;
        return Task.CompletedTask;
    }

    public Task<IReadOnlyDictionary<string, TenantLimits>> Limits() => Task.FromResult<IReadOnlyDictionary<string, TenantLimits>>(new Dictionary<string, TenantLimits>(_limits));
}

internal sealed class FakeTenant(string name, FakeDirectory directory) : ITenantGrain
{
    private int _issued;

    public Task<string> CreateApiKey(string? operation)
    {
        var key = $"key-{name}-{++_issued}";
        directory.Allow(key, name);
        return Task.FromResult(key);
    }

    public async Task<Tenant> Get() => new(name, [], default, (await directory.Limits()).GetValueOrDefault(name));

    public async Task<TenantLimits> SetLimits(TenantLimits limits)
    {
        await directory.PublishLimits(name, TenantLimitRules.Check(limits).OrThrow());
        return limits;
    }

    public Task RevokeApiKey(string apiKeyHash) => throw new NotSupportedException();
}
