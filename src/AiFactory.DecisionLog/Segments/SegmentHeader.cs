using System.Buffers.Binary;

namespace AiFactory.DecisionLog.Segments;

/// <summary>
/// The first 64 bytes of a segment: magic and version, base address, the log's salt, CRC-32C of those; and, outside the checksum, the address where the
/// segment's records end, written when the log goes on to the next segment (0 until then), and the one where the log's addresses ended before this segment where
/// it left some out (else 0).
/// </summary>
internal readonly record struct SegmentHeader(long BaseAddress, uint Salt, long End, long GapFrom = 0)
{
    public const int Bytes = 64;
    public const int EndOffset = 32;
    private const int GapFromOffset = 40;

    private static ReadOnlySpan<byte> Magic => "AIFLOG01"u8;

    public void Write(Span<byte> buffer)
    {
        buffer[..Bytes].Clear();
        Magic.CopyTo(buffer);
        BinaryPrimitives.WriteInt64LittleEndian(buffer[8..], BaseAddress);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[16..], Salt);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[20..], Crc32C.Compute(0, buffer[..20]));
        BinaryPrimitives.WriteInt64LittleEndian(buffer[EndOffset..], End);
        BinaryPrimitives.WriteInt64LittleEndian(buffer[GapFromOffset..], GapFrom);
    }

    /// <returns>Null when these are not a segment's first bytes.</returns>
    public static SegmentHeader? Parse(ReadOnlySpan<byte> buffer) =>
        buffer.Length >= Bytes && buffer[..8].SequenceEqual(Magic)
        && BinaryPrimitives.ReadUInt32LittleEndian(buffer[20..]) == Crc32C.Compute(0, buffer[..20])
            ? new SegmentHeader(
                BinaryPrimitives.ReadInt64LittleEndian(buffer[8..]),
                BinaryPrimitives.ReadUInt32LittleEndian(buffer[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(buffer[EndOffset..]),
                BinaryPrimitives.ReadInt64LittleEndian(buffer[GapFromOffset..]))
            : null;
}
