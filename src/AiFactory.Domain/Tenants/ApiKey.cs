using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace AiFactory.Domain.Tenants;

/// <summary>The form of an API key: <c>aif_</c> and 32 random bytes in base64url.</summary>
public static class ApiKey
{
    public const string Prefix = "aif_";
    public const int RandomBytes = 32;

    public static string Format(ReadOnlySpan<byte> random) => Prefix + Base64Url.EncodeToString(random);

    /// <summary>Lower-case hex SHA-256 of the key; all that is ever kept.</summary>
    public static string Hash(string apiKey) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(apiKey)));
}
