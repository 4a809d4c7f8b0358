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

    public int Reads { get; private set; }

    public void Allow(string key, string tenant) => _tenants[Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))] = tenant;

    public Task<IReadOnlyDictionary<string, string>> List()
    {
        Reads++;
        return Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>(_tenants));
    }

    public Task Publish(string tenant, IReadOnlyList<string> apiKeyHashes) => throw new NotSupportedException();
}

internal sealed class FakeTenant(string name, FakeDirectory directory) : ITenantGrain
{
    private int _issued;

    public Task<string> CreateApiKey()
    {
        var key = $"key-{name}-{++_issued}";
        directory.Allow(key, name);
        return Task.FromResult(key);
    }

    public Task<Tenant> Get() => throw new NotSupportedException();

    public Task RevokeApiKey(string apiKeyHash) => throw new NotSupportedException();
}
