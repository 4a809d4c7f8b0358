using System.Buffers.Binary;
using System.Numerics;

namespace AiFactory.DecisionLog.Segments;

/// <summary>CRC-32C (Castagnoli, RFC 3720 B.4), by the processor's instruction where it has one.</summary>
internal static class Crc32C
{
    /// <summary>Extends a checksum by more bytes; begin with 0.</summary>
    public static uint Compute(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var next in bytes)
        {
            crc = BitOperations.Crc32C(crc, next);
        }

        return ~crc;
    }
}
