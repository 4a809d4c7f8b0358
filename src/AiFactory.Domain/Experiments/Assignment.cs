using System.Globalization;

namespace AiFactory.Domain.Experiments;

/// <summary>
/// Deterministic assignment of a unit to a point in [0, 1), GrowthBook's hash version 2:
/// <c>fnv1a32(str(fnv1a32(seed + value))) % 10000 / 10000</c>. Pure, no state, same in every process.
/// </summary>
public static class Assignment
{
    private const int Buckets = 10_000;
    private const uint FnvOffset = 2166136261;
    private const uint FnvPrime = 16777619;

    /// <summary>The unit's bucket, 0 to 9999.</summary>
    public static int Bucket(string seed, ReadOnlySpan<char> unit)
    {
        var first = Hash(Hash(FnvOffset, seed), unit);
        Span<byte> digits = stackalloc byte[10];
        first.TryFormat(digits, out var written, default, CultureInfo.InvariantCulture);
        var second = FnvOffset;
        foreach (var digit in digits[..written])
        {
            second = (second ^ digit) * FnvPrime;
        }

        return (int)(second % Buckets);
    }

    /// <summary>The unit's point in [0, 1).</summary>
    public static double Point(string seed, ReadOnlySpan<char> unit) => Bucket(seed, unit) / (double)Buckets;

    // FNV-1a over the UTF-8 bytes, without allocating.
    private static uint Hash(uint hash, ReadOnlySpan<char> text)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(utf8);
            for (var i = 0; i < length; i++)
            {
                hash = (hash ^ utf8[i]) * FnvPrime;
            }
        }

        return hash;
    }
}
