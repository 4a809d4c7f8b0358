using System.Buffers.Binary;
using System.Text;

namespace AiFactory.DecisionLog.Codec;

/// <summary>
/// Writes fields into a buffer that is known to be large enough: integers as zigzag LEB128, money and time as fixed little-endian,
/// strings as UTF-8 and blobs with their length before them.
/// </summary>
internal ref struct RecordWriter(Span<byte> buffer)
{
    public const int VarintBytesMax = 10;

    private readonly Span<byte> _buffer = buffer;

    public int Written { get; private set; }

    public static int BytesMax(string text) => VarintBytesMax + Encoding.UTF8.GetMaxByteCount(text.Length);

    public static int BytesMax(ReadOnlyMemory<byte> blob) => VarintBytesMax + blob.Length;

    public void Byte(byte value) => _buffer[Written++] = value;

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Integer(long value) => Unsigned((ulong)((value << 1) ^ (value >> 63)));

    public void Unsigned(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }

    public void Instant(DateTimeOffset value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer[Written..], value.UtcTicks);
        Written += sizeof(long);
    }

    public void Money(Int128 value)
    {
        BinaryPrimitives.WriteInt128LittleEndian(_buffer[Written..], value);
        Written += 16;
    }

    public void Text(string value)
    {
        Unsigned((ulong)Encoding.UTF8.GetByteCount(value));
        Written += Encoding.UTF8.GetBytes(value, _buffer[Written..]);
    }

    public void Blob(ReadOnlySpan<byte> value)
    {
        Unsigned((ulong)value.Length);
        value.CopyTo(_buffer[Written..]);
        Written += value.Length;
    }
}
