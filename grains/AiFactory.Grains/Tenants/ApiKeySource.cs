using System.Security.Cryptography;
using AiFactory.Domain.Tenants;

namespace AiFactory.Grains.Tenants;

/// <summary>Makes API keys out of random bytes.</summary>
internal sealed class ApiKeySource(RandomNumberGenerator random)
{
    public string Next()
    {
        Span<byte> bytes = stackalloc byte[ApiKey.RandomBytes];
        random.GetBytes(bytes);
        return ApiKey.Format(bytes);
    }
}
