using System.Buffers.Binary;
using System.Numerics;

namespace AiFactory.DecisionLog.Segments;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 B.4), by the processor's instruction where it has one. The instruction has to wait for its last result, so longer inputs are
/// summed as three blocks at a time and put together (Gopal et al., Fast CRC Computation for iSCSI Polynomial Using CRC32 Instruction, 2011).
/// </summary>
internal static class Crc32C
{
    private const int BlockBytes = 256;

    // What a checksum becomes by a block of zeros: by each of its four bytes, the sum of which it is, since the checksum is linear.
    private static readonly uint[] ByZeros = MakeByZeros();

    /// <summary>Extends a checksum by more bytes; begin with 0.</summary>
    public static uint Compute(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        while (bytes.Length >= 3 * BlockBytes)
        {
            var (second, third) = (0u, 0u);
            for (var at = 0; at < BlockBytes; at += sizeof(ulong))
            {
                crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]));
                second = BitOperations.Crc32C(second, BinaryPrimitives.ReadUInt64LittleEndian(bytes[(at + BlockBytes)..]));
                third = BitOperations.Crc32C(third, BinaryPrimitives.ReadUInt64LittleEndian(bytes[(at + (2 * BlockBytes))..]));
            }

            crc = BehindZeros(BehindZeros(crc) ^ second) ^ third;
            bytes = bytes[(3 * BlockBytes)..];
        }

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

    private static uint BehindZeros(uint crc) =>
        ByZeros[crc & 0xFF] ^ ByZeros[256 + ((crc >> 8) & 0xFF)] ^ ByZeros[512 + ((crc >> 16) & 0xFF)] ^ ByZeros[768 + (crc >> 24)];

    private static uint[] MakeByZeros()
    {
        var table = new uint[4 * 256];
        for (var place = 0; place < 4; place++)
        {
            for (var value = 1; value < 256; value++)
            {
                var lowest = value & -value;
                table[(place * 256) + value] = value == lowest ? Zeros((uint)value << (8 * place)) : table[(place * 256) + lowest] ^ table[(place * 256) + value - lowest];
            }
        }

        return table;

        static uint Zeros(uint crc)
        {
            for (var at = 0; at < BlockBytes; at += sizeof(ulong))
            {
                crc = BitOperations.Crc32C(crc, 0UL);
            }

            return crc;
        }
    }
}
