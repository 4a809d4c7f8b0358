using System.Text;
using System.Text.Json;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Grpc;

/// <summary>How a protobuf field's value is written (Protocol Buffers encoding).</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

/// <summary>A place in a message's bytes.</summary>
internal readonly record struct WireRange(int Start, int Length)
{
    public JsonToken Token => new(Start, Length, JsonTokenType.String, false);

    public string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes.Slice(Start, Length));
}

/// <summary>Walks over the fields of a protobuf message that stands somewhere in a span; places are counted from the span's start.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes, WireRange message)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly int _end = message.Start + message.Length;
    private int _at = message.Start;

    public readonly bool AtEnd => _at == _end;

    /// <summary>The next field's number and type; false at the end of the message.</summary>
    /// <exception cref="RefusedException"><c>request-malformed</c>.</exception>
    public bool Next(out int field, out WireType type)
    {
        if (_at == _end)
        {
            (field, type) = (0, default);
            return false;
        }

        var tag = Varint();
        (field, type) = ((int)(tag >> 3), (WireType)(tag & 7));
        return type is WireType.Varint or WireType.Fixed64 or WireType.Bytes or WireType.Fixed32 && field > 0 ? true : throw Malformed();
    }

    /// <exception cref="RefusedException"><c>request-malformed</c>.</exception>
    public ulong Varint()
    {
        const int LongestBits = 64;
        var value = 0ul;
        for (var shift = 0; shift < LongestBits && _at < _end; shift += 7)
        {
            var part = _bytes[_at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Malformed();
    }

    /// <summary>A string, a message, packed numbers, or so many bytes.</summary>
    /// <exception cref="RefusedException"><c>request-malformed</c>.</exception>
    public WireRange Bytes()
    {
        var length = Varint();
        return Take(length <= (ulong)(_end - _at) ? (int)length : throw Malformed());
    }

    /// <summary>A value of a known size.</summary>
    /// <exception cref="RefusedException"><c>request-malformed</c>.</exception>
    public WireRange Take(int length)
    {
        if (length > _end - _at)
        {
            throw Malformed();
        }

        _at += length;
        return new(_at - length, length);
    }

    /// <summary>Passes a field over.</summary>
    /// <exception cref="RefusedException"><c>request-malformed</c>.</exception>
    public void Skip(WireType type)
    {
        switch (type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Bytes:
                Bytes();
                break;
            default:
                Take(type == WireType.Fixed64 ? sizeof(ulong) : sizeof(uint));
                break;
        }
    }

    /// <summary>Reads a field that must be text, a message or bytes.</summary>
    /// <exception cref="RefusedException"><c>request-malformed</c>.</exception>
    public WireRange Bytes(WireType type) => type == WireType.Bytes ? Bytes() : throw Malformed();

    public static RefusedException Malformed() => new(new("request-malformed", RefusalKind.Malformed, "The message is not the protobuf expected.", "message",
        "Generate the client from the server's reflection, or from the Open Inference Protocol's definition."));
}
