using System.Text;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Grpc;

/// <summary>Writes protobuf fields into a buffer.</summary>
internal static class WireWriter
{
    public static void Varint(ByteBuffer into, ulong value)
    {
        while (value >= 0x80)
        {
            into.Append((byte)(value | 0x80));
            value >>= 7;
        }

        into.Append((byte)value);
    }

    public static void Tag(ByteBuffer into, int field, WireType type) => Varint(into, ((ulong)field << 3) | (ulong)type);

    /// <summary>A text field.</summary>
    public static void Text(ByteBuffer into, int field, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Tag(into, field, WireType.Bytes);
        Varint(into, (ulong)length);
        Encoding.UTF8.GetBytes(text, into.Append(length));
    }

    /// <summary>The head of a field whose bytes follow.</summary>
    public static void Bytes(ByteBuffer into, int field, int length)
    {
        Tag(into, field, WireType.Bytes);
        Varint(into, (ulong)length);
    }

    /// <summary>Begins a field of a length not known yet; whatever is written until <see cref="Close"/> is its value.</summary>
    public static int Open(ByteBuffer into, int field)
    {
        Tag(into, field, WireType.Bytes);
        return into.Length;
    }

    /// <param name="opened">What <see cref="Open"/> gave.</param>
    public static void Close(ByteBuffer into, int opened)
    {
        const int LongestLength = 5;
        var length = into.Length - opened;
        var value = (ulong)length;
        Span<byte> head = stackalloc byte[LongestLength];
        var used = 0;
        for (; value >= 0x80; value >>= 7)
        {
            head[used++] = (byte)(value | 0x80);
        }

        head[used++] = (byte)value;
        into.Append(used);
        var field = into.Written(opened);
        field[..length].CopyTo(field[used..]);
        head[..used].CopyTo(field);
    }
}
