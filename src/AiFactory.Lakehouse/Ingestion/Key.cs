using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AiFactory.Lakehouse.Ingestion;

/// <summary>Values of one column as 128 bits. The top byte is never zero, so neither is a key.</summary>
internal static class Key
{
    private const int InlineBytesMax = 15;
    private const byte NumericTag = 0x20, DigestTag = 0xFF;

    public static UInt128 Of(long value) => new((ulong)NumericTag << 56, (ulong)value);

    /// <summary>Zero and negative zero are the same number.</summary>
    public static UInt128 Of(double value) => Of(BitConverter.DoubleToInt64Bits(value == 0 ? 0 : value));

    public static UInt128 Of(bool value) => Of(value ? 1L : 0L);

    /// <summary>Up to 15 bytes: the text itself and its length. More: 120 bits of its SHA-256.</summary>
    public static UInt128 Of(ReadOnlySpan<byte> text)
    {
        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        if (text.Length <= InlineBytesMax)
        {
            key.Clear();
            text.CopyTo(key[1..]);
            key[0] = (byte)(text.Length + 1);
        }
        else
        {
            SHA256.HashData(text, key);
            key[0] = DigestTag;
        }

        return BinaryPrimitives.ReadUInt128BigEndian(key);
    }
}
