using System.Buffers.Binary;
using System.Numerics;

namespace AiFactory.DecisionLog.Segments;

/// <summary>
/// A record's frame: magic, payload length, CRC-32C of the payload, CRC-32C of this header; then the payload, zeros up to a multiple of 8 bytes.
/// The header's checksum covers the log's salt and the frame's own address, so that neither bytes inside a payload (which callers choose) nor a frame
/// left over from elsewhere passes for a record, and a damaged payload costs one record, not those after it.
/// </summary>
internal static class Frame
{
    public const int HeaderBytes = 16;
    public const int Alignment = 8;
    public const uint Magic = 0x4652_4641; // "AFRF" in memory

    public static int Size(int payloadBytes) => (HeaderBytes + payloadBytes + Alignment - 1) & ~(Alignment - 1);

    public static uint HeaderChecksum(uint salt, long address, int payloadBytes, uint payloadChecksum)
    {
        var crc = BitOperations.Crc32C(~salt, (ulong)address);
        return ~BitOperations.Crc32C(crc, (uint)payloadBytes | ((ulong)payloadChecksum << 32));
    }

    public static void WriteHeader(Span<byte> header, int payloadBytes, uint payloadChecksum, uint headerChecksum)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], payloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], payloadChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], headerChecksum);
    }

    /// <summary>Whether a valid frame header stands at an address, its frame ending at or before the limit.</summary>
    public static bool TryParse(ReadOnlySpan<byte> header, uint salt, long address, long limit, out int payloadBytes, out uint payloadChecksum)
    {
        payloadBytes = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        payloadChecksum = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(header) == Magic
            && payloadBytes > 0
            && payloadBytes <= limit - address - HeaderBytes
            && BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) == HeaderChecksum(salt, address, payloadBytes, payloadChecksum);
    }
}
