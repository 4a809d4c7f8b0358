using System.Text;

namespace AiFactory.Lakehouse.Ingestion;

/// <summary>A fixed set of texts, asked for by UTF-8 bytes. Buckets by length and ends, which tell most values apart, hold few texts each.</summary>
internal sealed class AllowedTexts
{
    private readonly byte[][][] buckets;

    public AllowedTexts(IReadOnlyCollection<string> texts)
    {
        var bucketCount = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)texts.Count * 4);
        var byBucket = texts.Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes).ToLookup(text => Bucket(text, bucketCount));
        buckets = [.. Enumerable.Range(0, bucketCount).Select(bucket => byBucket[bucket].ToArray())];
    }

    public bool Contains(ReadOnlySpan<byte> text)
    {
        foreach (var candidate in buckets[Bucket(text, buckets.Length)])
        {
            if (text.SequenceEqual(candidate)) return true;
        }

        return false;
    }

    private static int Bucket(ReadOnlySpan<byte> text, int bucketCount) => text.IsEmpty
        ? 0
        : (int)(((uint)text.Length * 0x9E3779B1 ^ text[0] * 0x85EBCA77u ^ text[text.Length / 2] * 0x27D4EB2Fu ^ text[^1] * 0xC2B2AE3Du) >> 7) & (bucketCount - 1);
}
