using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace AiFactory.Engines.Inference;

/// <summary>
/// What stands before a row of a sequence model: flags (byte: 1 start, 2 end), length of the sequence's id (32-bit little-endian), the id in UTF-8.
/// </summary>
public readonly ref struct SequencePrefix
{
    /// <summary>Bytes of the longest id.</summary>
    public const int IdBytesMax = 1024;

    private const int HeaderBytes = 1 + sizeof(int);
    private const byte StartFlag = 1;
    private const byte EndFlag = 2;

    private SequencePrefix(ReadOnlySpan<byte> id, byte flags)
    {
        Id = id;
        Start = (flags & StartFlag) != 0;
        End = (flags & EndFlag) != 0;
    }

    /// <summary>The id in UTF-8.</summary>
    public ReadOnlySpan<byte> Id { get; }

    /// <summary>The sequence begins with this row, whatever was kept under its id.</summary>
    public bool Start { get; }

    /// <summary>Nothing is kept after this row.</summary>
    public bool End { get; }

    /// <summary>Bytes before the row's tensors.</summary>
    public int Length => HeaderBytes + Id.Length;

    /// <exception cref="InvalidDataException">The bytes end inside the prefix, or the id is empty or too long.</exception>
    public static SequencePrefix Read(ReadOnlySpan<byte> row)
    {
        if (row.Length < HeaderBytes)
        {
            throw PackedRows.Truncated(row.Length);
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(row[1..]);
        return length is < 1 or > IdBytesMax
            ? throw new InvalidDataException($"A sequence's id has 1 to {IdBytesMax} bytes, not {length}.")
            : length <= row.Length - HeaderBytes ? new(row.Slice(HeaderBytes, length), row[0]) : throw PackedRows.Truncated(row.Length);
    }

    /// <exception cref="ArgumentException">The id is empty or too long.</exception>
    public static void Write(string id, bool start, bool end, IBufferWriter<byte> into)
    {
        var length = Encoding.UTF8.GetByteCount(id);
        if (length is < 1 or > IdBytesMax)
        {
            throw new ArgumentException($"A sequence's id has 1 to {IdBytesMax} bytes, not {length}.", nameof(id));
        }

        var row = into.GetSpan(HeaderBytes + length);
        row[0] = (byte)((start ? StartFlag : 0) | (end ? EndFlag : 0));
        BinaryPrimitives.WriteInt32LittleEndian(row[1..], length);
        Encoding.UTF8.GetBytes(id, row[HeaderBytes..]);
        into.Advance(HeaderBytes + length);
    }
}
