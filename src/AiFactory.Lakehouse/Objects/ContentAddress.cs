using AiFactory.Domain.Refusals;

namespace AiFactory.Lakehouse.Objects;

/// <summary>Where content lies in any store.</summary>
internal static class ContentAddress
{
    /// <exception cref="RefusedException"><c>content-address-invalid</c>.</exception>
    public static string Path(string sha256)
    {
        if (sha256 is not { Length: 64 } || !sha256.All(char.IsAsciiHexDigitLower))
        {
            throw new RefusedException(new("content-address-invalid", RefusalKind.Malformed, $"'{sha256}' is not a SHA-256.", null,
                "Use 64 lower-case hexadecimal digits."));
        }

        return $"content/sha256/{sha256[..2]}/{sha256}";
    }
}
