using System.Buffers.Binary;
using System.Text;

namespace AiFactory.DecisionLog.Codec;

/// <summary>Reads what <see cref="RecordWriter"/> wrote.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    public readonly bool AtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() != 0;

    public long Integer()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int Int32() => checked((int)Integer());

    public ulong Unsigned()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("An integer in a log record is longer than ten bytes.");
    }

    public DateTimeOffset Instant() => new(BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long))), TimeSpan.Zero);

    public Int128 Money() => BinaryPrimitives.ReadInt128LittleEndian(Take(16));

    /// <summary>Text that is hardly ever the same twice.</summary>
    public string Text() => Encoding.UTF8.GetString(Take(Length()));

    /// <summary>Text out of a small vocabulary: the same string object comes back for the same bytes most of the time.</summary>
    public string Name() => NamePool.Get(Take(Length()));

    public byte[] Blob() => Take(Length()).ToArray();

    /// <summary>Passes over a text, a name or a blob.</summary>
    public void Pass() => Take(Length());

    private int Length() => checked((int)Unsigned());

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > _rest.Length)
        {
            throw new InvalidDataException("A log record ends before its last field.");
        }

        var taken = _rest[..bytes];
        _rest = _rest[bytes..];
        return taken;
    }
}
