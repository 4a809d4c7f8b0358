using System.Buffers.Binary;
using AiFactory.DecisionLog.Segments;

namespace AiFactory.DecisionLog.Shipping;

/// <summary>
/// A part as an object: 64 bytes (magic and version, base of its segment, first address, address after the last, the address where a gap before the segment began, salt,
/// kind, CRC-32C of the frames, CRC-32C of these), then the frames as they lie in the segment.
/// </summary>
internal sealed class PartBytes : IFrameBytes
{
    public const int HeaderBytes = 64;

    private readonly byte[] _object;

    private PartBytes(string path, LogPart part, uint salt, byte[] content) => (Path, Part, Salt, _object) = (path, part, salt, content);

    private static ReadOnlySpan<byte> Magic => "AIFPART1"u8;

    public string Path { get; }

    public LogPart Part { get; }

    public uint Salt { get; }

    public long FirstAddress => Part.From;

    public ReadOnlySpan<byte> Frames => _object.AsSpan(HeaderBytes);

    /// <summary>Writes the header before frames that are in place.</summary>
    public static void WriteHeader(Span<byte> content, LogPart part, uint salt, long gapFrom)
    {
        Magic.CopyTo(content);
        BinaryPrimitives.WriteInt64LittleEndian(content[8..], part.Base);
        BinaryPrimitives.WriteInt64LittleEndian(content[16..], part.From);
        BinaryPrimitives.WriteInt64LittleEndian(content[24..], part.To);
        BinaryPrimitives.WriteInt64LittleEndian(content[32..], gapFrom);
        content[40..52].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(content[48..], salt);
        BinaryPrimitives.WriteInt32LittleEndian(content[52..], (int)part.Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(content[56..], Crc32C.Compute(0, content[HeaderBytes..]));
        BinaryPrimitives.WriteUInt32LittleEndian(content[60..], Crc32C.Compute(0, content[..60]));
    }

    /// <returns>Null when these bytes are not that part, whole and as it was put.</returns>
    public static PartBytes? Parse(string path, LogPart part, byte[]? content)
    {
        if (content is null || content.Length != HeaderBytes + part.Bytes || !content.AsSpan(0, 8).SequenceEqual(Magic))
        {
            return null;
        }

        var header = content.AsSpan(0, HeaderBytes);
        var same = BinaryPrimitives.ReadInt64LittleEndian(header[8..]) == part.Base
            && BinaryPrimitives.ReadInt64LittleEndian(header[16..]) == part.From
            && BinaryPrimitives.ReadInt64LittleEndian(header[24..]) == part.To
            && BinaryPrimitives.ReadInt32LittleEndian(header[52..]) == (int)part.Kind
            && BinaryPrimitives.ReadUInt32LittleEndian(header[60..]) == Crc32C.Compute(0, header[..60])
            && BinaryPrimitives.ReadUInt32LittleEndian(header[56..]) == Crc32C.Compute(0, content.AsSpan(HeaderBytes));
        return same ? new PartBytes(path, part, BinaryPrimitives.ReadUInt32LittleEndian(header[48..]), content) : null;
    }

    public int Read(long address, Span<byte> into)
    {
        var at = (int)(address - Part.From);
        var count = (int)Math.Min(into.Length, Part.To - address);
        Frames.Slice(at, count).CopyTo(into);
        return count;
    }
}
